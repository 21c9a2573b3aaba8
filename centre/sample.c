#include "centre/sample.h"

#include "base/hash.h"
#include "centre/audit.h"
#include "centre/person.h"

#define DAY_US (24 * 60 * 60 * INSTANT_SECOND)

enum { OPERATORS = 2 };

static const struct {
	const char *operator_name, *programme, *course;
	const char *company, *kana, *address;
	/* clang-format off */
} tenant[OPERATORS] = {
	{ "見本運営事務局", "見本・基本対策事業", "EDR 導入",
	  "見本商店", "ミホンショウテン", "東京都新宿区西新宿0-0-0" },
	{ "青空サポートセンター", "青空・対策強化事業", "EDR 導入",
	  "青空製作所", "アオゾラセイサクショ", "東京都大田区蒲田0-0-0" },
};
/* clang-format on */

enum bound { BOUND_OPERATOR, BOUND_COMPANY };
static const struct {
	enum person_role role;
	enum bound bound;
	unsigned tenant;
	const char *mail, *name;
} person[] = {
	{ ROLE_ADMINISTRATOR, BOUND_OPERATOR, 0, "admin@mihon.example", "管理 太郎" },
	{ ROLE_ANALYST, BOUND_OPERATOR, 0, "analyst@mihon.example", "分析 花子" },
	{ ROLE_DESK, BOUND_OPERATOR, 0, "desk@mihon.example", "窓口 次郎" },
	{ ROLE_SECRETARIAT, BOUND_OPERATOR, 0, "office@mihon.example", "事務 京子" },
	{ ROLE_EXPERT, BOUND_OPERATOR, 0, "expert@mihon.example", "専門 三郎" },
	{ ROLE_CITY, BOUND_OPERATOR, 0, "city@mihon.example", "都庁 桜" },
	{ ROLE_CONTRACTOR, BOUND_OPERATOR, 0, "contractor@mihon.example", "受託 四郎" },
	{ ROLE_OWNER, BOUND_COMPANY, 0, "owner@shouten.example", "店主 一郎" },
	{ ROLE_ANALYST, BOUND_OPERATOR, 1, "analyst@aozora.example", "青空 分析" },
	{ ROLE_OWNER, BOUND_COMPANY, 1, "owner@seisakusho.example", "工場 良子" },
};

struct made {
	char operator_id[UUID_TEXT_MAX], programme[UUID_TEXT_MAX], company[UUID_TEXT_MAX],
		participation[UUID_TEXT_MAX];
};

/* Each sorts behind the one before. */
static void new_id(struct instant *at, char id[static UUID_TEXT_MAX])
{
	uuid_format(uuid_v7(*at), id);
	at->us += 1000;
}

static int has_operator(struct store *store, struct err *err)
{
	struct store_query *query = store_query(store, "SELECT 1 FROM operator LIMIT 1", err);
	int step;

	if (!query)
		return -1;
	step = store_step(query, err);
	store_done(query);
	return step;
}

static int make_tenant(struct store *store, unsigned i, struct instant *at, struct made *made,
		       struct err *err)
{
	const struct instant now = *at;

	new_id(at, made->operator_id);
	new_id(at, made->programme);
	new_id(at, made->company);
	new_id(at, made->participation);
	if (store_change(store, err,
			 "INSERT INTO operator (id, name, created_at) VALUES ($1, $2, $3)",
			 STORE_TEXT(sv_from(made->operator_id)),
			 STORE_TEXT(sv_from(tenant[i].operator_name)), STORE_INT(now.us)) != 0 ||
	    store_change(store, err,
			 "INSERT INTO programme (id, operator, name, created_at)"
			 " VALUES ($1, $2, $3, $4)",
			 STORE_TEXT(sv_from(made->programme)),
			 STORE_TEXT(sv_from(made->operator_id)),
			 STORE_TEXT(sv_from(tenant[i].programme)), STORE_INT(now.us)) != 0 ||
	    store_change(store, err,
			 "INSERT INTO company (id, name, name_kana, address, created_at)"
			 " VALUES ($1, $2, $3, $4, $5)",
			 STORE_TEXT(sv_from(made->company)), STORE_TEXT(sv_from(tenant[i].company)),
			 STORE_TEXT(sv_from(tenant[i].kana)),
			 STORE_TEXT(sv_from(tenant[i].address)), STORE_INT(now.us)) != 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO participation (id, company, programme, course, since_at)"
			    " VALUES ($1, $2, $3, $4, $5)",
			    STORE_TEXT(sv_from(made->participation)),
			    STORE_TEXT(sv_from(made->company)),
			    STORE_TEXT(sv_from(made->programme)),
			    STORE_TEXT(sv_from(tenant[i].course)), STORE_INT(now.us));
}

static int make_person(struct store *store, size_t i, const struct made *made, struct instant now,
		       struct buf *accounts, struct err *err)
{
	struct grant grant = { .role = person[i].role };
	struct person_wish wish = { .mail = sv_from(person[i].mail),
				    .name = sv_from(person[i].name),
				    .language = SV("ja"),
				    .grant = &grant,
				    .grant_count = 1 };
	char id[UUID_TEXT_MAX], password[PERSON_ONE_TIME_SIZE];

	if (person[i].bound == BOUND_COMPANY)
		grant.company = sv_from(made[person[i].tenant].company);
	else
		grant.operator_id = sv_from(made[person[i].tenant].operator_id);
	if (person_create(store, &wish, now, id, password, err) != 0)
		return -1;
	buf_printf(accounts, "account\t%s\t%s\t%s\n", role_name(person[i].role), person[i].mail,
		   password);
	return 0;
}

static int make_token(struct store *store, const struct made *made, struct instant now,
		      struct secret *ret, struct err *err)
{
	const struct secret secret = secret_new("hke_");
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(now), id);
	if (store_change(store, err,
			 "INSERT INTO enrolment_token (id, hash, company, participation, course,"
			 " user_name, created_by, created_at, expires_at)"
			 " VALUES ($1, $2, $3, $4, $5, '', '', $6, $7)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(sv_from(secret.hash)),
			 STORE_TEXT(sv_from(made->company)),
			 STORE_TEXT(sv_from(made->participation)),
			 STORE_TEXT(sv_from(tenant[0].course)), STORE_INT(now.us),
			 STORE_INT(now.us + SAMPLE_TOKEN_DAYS * DAY_US)) != 0)
		return -1;
	*ret = secret;
	return 0;
}

static int make_all(struct store *store, struct instant now, struct buf *accounts,
		    struct secret *ret_token, struct err *err)
{
	const struct audit_entry entry = { .action = "sample", .reason = SV("made sample data") };
	struct made made[OPERATORS];
	struct instant at = now;

	for (unsigned i = 0; i < OPERATORS; i++)
		if (make_tenant(store, i, &at, &made[i], err) != 0)
			return -1;
	for (size_t i = 0; i < sizeof person / sizeof *person; i++)
		if (make_person(store, i, made, at, accounts, err) != 0)
			return -1;
	if (make_token(store, &made[0], at, ret_token, err) != 0)
		return -1;
	return audit_append(store, &entry, now, err);
}

int sample_create(struct store *records, struct instant now, bool *ret_made, struct buf *accounts,
		  struct secret *ret_token, struct err *err)
{
	int there;

	if (store_begin(records, err) != 0)
		return err_wrap(err, "making sample data");
	there = has_operator(records, err);
	if (there == 0 && make_all(records, now, accounts, ret_token, err) == 0 &&
	    store_commit(records, err) == 0) {
		*ret_made = true;
		return 0;
	}
	store_rollback(records);
	if (there != 1)
		return err_wrap(err, "making sample data");
	*ret_made = false;
	return 0;
}
