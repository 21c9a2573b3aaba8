#include "centre/sample.h"

#include <string.h>

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

/* BOUND_SHOWN: of the company that the tour shows, only with the tour. */
enum bound { BOUND_OPERATOR, BOUND_COMPANY, BOUND_SHOWN };
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
	{ ROLE_OWNER, BOUND_SHOWN, 0, "owner@aoba.example", "青葉 太一" },
};

#define PERSONS (sizeof person / sizeof *person)

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

/* One sample being made. */
struct making {
	struct store *store;
	const struct sample_wish *wish;
	struct sample *ret;
	struct made made[OPERATORS];
	char person[PERSONS][UUID_TEXT_MAX];
	struct instant at; /* for ids */
};

static int make_operator(struct making *making, unsigned i, struct err *err)
{
	new_id(&making->at, making->made[i].operator_id);
	return store_change(making->store, err,
			    "INSERT INTO operator (id, name, created_at) VALUES ($1, $2, $3)",
			    STORE_TEXT(sv_from(making->made[i].operator_id)),
			    STORE_TEXT(sv_from(tenant[i].operator_name)),
			    STORE_INT(making->wish->now.us));
}

/* A company that takes part by hand: no file says what it may. */
static int make_company(struct making *making, unsigned i, struct err *err)
{
	const struct instant now = making->wish->now;
	struct made *made = &making->made[i];

	new_id(&making->at, made->programme);
	new_id(&making->at, made->company);
	new_id(&making->at, made->participation);
	if (store_change(making->store, err,
			 "INSERT INTO programme (id, operator, name, created_at)"
			 " VALUES ($1, $2, $3, $4)",
			 STORE_TEXT(sv_from(made->programme)),
			 STORE_TEXT(sv_from(made->operator_id)),
			 STORE_TEXT(sv_from(tenant[i].programme)), STORE_INT(now.us)) != 0 ||
	    store_change(making->store, err,
			 "INSERT INTO company (id, name, name_kana, address, created_at)"
			 " VALUES ($1, $2, $3, $4, $5)",
			 STORE_TEXT(sv_from(made->company)), STORE_TEXT(sv_from(tenant[i].company)),
			 STORE_TEXT(sv_from(tenant[i].kana)),
			 STORE_TEXT(sv_from(tenant[i].address)), STORE_INT(now.us)) != 0)
		return -1;
	return store_change(making->store, err,
			    "INSERT INTO participation (id, company, programme, course, since_at)"
			    " VALUES ($1, $2, $3, $4, $5)",
			    STORE_TEXT(sv_from(made->participation)),
			    STORE_TEXT(sv_from(made->company)),
			    STORE_TEXT(sv_from(made->programme)),
			    STORE_TEXT(sv_from(tenant[i].course)), STORE_INT(now.us));
}

static int make_person(struct making *making, size_t i, struct err *err)
{
	struct grant grant = { .role = person[i].role };
	const struct person_wish wish = { .mail = sv_from(person[i].mail),
					  .name = sv_from(person[i].name),
					  .language = SV("ja"),
					  .grant = &grant,
					  .grant_count = 1 };
	const struct made *made = &making->made[person[i].tenant];
	char password[PERSON_ONE_TIME_SIZE];

	switch (person[i].bound) {
	case BOUND_OPERATOR: grant.operator_id = sv_from(made->operator_id); break;
	case BOUND_COMPANY: grant.company = sv_from(made->company); break;
	case BOUND_SHOWN: grant.company = sv_from(making->ret->tour.shown.company); break;
	}
	if (person_create(making->store, &wish, making->at, making->person[i], password, err) != 0)
		return -1;
	buf_printf(&making->ret->accounts, "account\t%s\t%s\t%s\n", role_name(person[i].role),
		   person[i].mail, password);
	return 0;
}

static int make_people(struct making *making, enum bound bound, struct err *err)
{
	for (size_t i = 0; i < PERSONS; i++) {
		if (person[i].bound == bound && make_person(making, i, err) != 0)
			return -1;
	}
	return 0;
}

static struct sv person_with(const struct making *making, enum person_role role)
{
	for (size_t i = 0; i < PERSONS; i++) {
		if (person[i].role == role && person[i].tenant == 0)
			return sv_from(making->person[i]);
	}
	return SV("");
}

/* The first company's way through the steps, and those of many others. */
static int make_tour(struct making *making, struct err *err)
{
	const struct tour_people people = { .secretariat = person_with(making, ROLE_SECRETARIAT),
					    .expert = person_with(making, ROLE_EXPERT),
					    .city = person_with(making, ROLE_CITY),
					    .desk = person_with(making, ROLE_DESK) };
	struct tour *tour = &making->ret->tour;

	if (tour_play(making->store, making->wish->programme, sv_from(tenant[0].operator_name),
		      &people, making->wish->now, tour, err) != 0)
		return -1;
	memcpy(making->made[0].company, tour->host.company, UUID_TEXT_MAX);
	memcpy(making->made[0].participation, tour->host.participation, UUID_TEXT_MAX);
	return make_people(making, BOUND_SHOWN, err);
}

static int make_token(struct making *making, struct err *err)
{
	static const char user[] = "店主 一郎", key[] = "店主一郎";
	const struct instant now = making->wish->now;
	const struct secret secret = secret_new("hke_");
	char id[UUID_TEXT_MAX];

	uuid_format(uuid_v7(making->at), id);
	if (store_change(making->store, err,
			 "INSERT INTO enrolment_token (id, hash, company, participation, course,"
			 " user_name, user_key, created_by, created_at, expires_at)"
			 " VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9)",
			 STORE_TEXT(sv_from(id)), STORE_TEXT(sv_from(secret.hash)),
			 STORE_TEXT(sv_from(making->made[0].company)),
			 STORE_TEXT(sv_from(making->made[0].participation)),
			 STORE_TEXT(sv_from(tenant[0].course)), STORE_TEXT(sv_from(user)),
			 STORE_TEXT(sv_from(key)), STORE_INT(now.us),
			 STORE_INT(now.us + SAMPLE_TOKEN_DAYS * DAY_US)) != 0)
		return -1;
	making->ret->token = secret;
	return 0;
}

static int make_all(struct making *making, struct err *err)
{
	const struct audit_entry entry = { .action = "sample", .reason = SV("made sample data") };

	for (unsigned i = 0; i < OPERATORS; i++) {
		if (make_operator(making, i, err) != 0)
			return -1;
	}
	if (make_people(making, BOUND_OPERATOR, err) != 0)
		return -1;
	for (unsigned i = 0; i < OPERATORS; i++) {
		if ((i == 0 && making->wish->programme ? make_tour(making, err)
						       : make_company(making, i, err)) != 0)
			return -1;
	}
	if (make_people(making, BOUND_COMPANY, err) != 0 || make_token(making, err) != 0)
		return -1;
	memcpy(making->ret->desk, person_with(making, ROLE_DESK).p, UUID_TEXT_MAX);
	return audit_append(making->store, &entry, making->wish->now, err);
}

int sample_create(struct store *records, const struct sample_wish *wish, struct sample *ret,
		  struct err *err)
{
	struct making making = { .store = records, .wish = wish, .ret = ret, .at = wish->now };
	int there;

	ret->made = false;
	if (store_begin(records, err) != 0)
		return err_wrap(err, "making sample data");
	there = has_operator(records, err);
	if (there == 0 && make_all(&making, err) == 0 && store_commit(records, err) == 0) {
		ret->made = true;
		return 0;
	}
	store_rollback(records);
	return there == 1 ? 0 : err_wrap(err, "making sample data");
}
