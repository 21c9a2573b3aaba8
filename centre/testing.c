#include "centre/testing.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "centre/effects.h"
#include "centre/person.h"
#include "centre/schema.h"
#include "incident/incident.h"
#include "mail/mail.h"
#include "programme/application.h"
#include "report/report.h"
#include "support/support.h"

static void need(bool good, const struct err *err)
{
	if (good)
		return;
	printf("Bail out! %s\n", err->text);
	abort();
}

static struct sv new_id(struct testing *testing)
{
	char id[UUID_TEXT_MAX];

	testing->now.us += 1000;
	return arena_dup(testing->arena, sv_from(uuid_format(uuid_v7(testing->now), id)));
}

static void make_tenant(struct testing *testing, unsigned i)
{
	struct store *store = testing->store;
	const struct sv operator_id = new_id(testing), programme = new_id(testing),
			company = new_id(testing), participation = new_id(testing);
	const struct sv name = arena_printf(testing->arena, "tenant-%u", i);
	struct err err = ERR_INIT;

	need(store_begin(store, &err) == 0 &&
		     store_change(store, &err, "INSERT INTO operator VALUES ($1, $2, 1)",
				  STORE_TEXT(operator_id), STORE_TEXT(name)) == 0 &&
		     store_change(store, &err, "INSERT INTO programme VALUES ($1, $2, $3, 1)",
				  STORE_TEXT(programme), STORE_TEXT(operator_id),
				  STORE_TEXT(name)) == 0 &&
		     store_change(store, &err, "INSERT INTO company (id, name, name_kana, address, created_at)"
				  " VALUES ($1, $2, $2, '', 1)",
				  STORE_TEXT(company), STORE_TEXT(name)) == 0 &&
		     store_change(store, &err,
				  "INSERT INTO participation (id, company, programme, course, since_at)"
				  " VALUES ($1, $2, $3, 'EDR', 1)",
				  STORE_TEXT(participation), STORE_TEXT(company),
				  STORE_TEXT(programme)) == 0 &&
		     store_commit(store, &err) == 0,
	     &err);
	snprintf(testing->tenant[i].operator_id, UUID_TEXT_MAX, "%s", operator_id.p);
	snprintf(testing->tenant[i].programme, UUID_TEXT_MAX, "%s", programme.p);
	snprintf(testing->tenant[i].company, UUID_TEXT_MAX, "%s", company.p);
}

struct testing *testing_new(void)
{
	struct testing *testing = mem_zalloc(sizeof *testing);
	struct err err = ERR_INIT;

	snprintf(testing->folder, sizeof testing->folder, "/tmp/hikeshi-centre-XXXXXX");
	need(mkdtemp(testing->folder) != NULL, &err);
	snprintf(testing->url, sizeof testing->url, "sqlite:%s/records.sqlite", testing->folder);
	testing->arena = arena_new(64 << 20);
	testing->now = (struct instant){ INT64_C(1775000000) * INSTANT_SECOND };
	testing->store = store_open(testing->url, &err);
	need(testing->store &&
		     store_migrate(testing->store, centre_migrations, centre_migration_count,
				   &err) == 0 &&
		     store_migrate(testing->store, programme_migrations, programme_migration_count,
				   &err) == 0 &&
		     store_migrate(testing->store, support_migrations, support_migration_count,
				   &err) == 0 &&
		     store_migrate(testing->store, effects_migrations, effects_migration_count,
				   &err) == 0 &&
		     store_migrate(testing->store, mail_migrations, mail_migration_count, &err) ==
			     0 &&
		     store_migrate(testing->store, incident_migrations, incident_migration_count,
				   &err) == 0 &&
		     store_migrate(testing->store, report_migrations, report_migration_count,
				   &err) == 0,
	     &err);
	for (unsigned i = 0; i < TESTING_TENANTS; i++)
		make_tenant(testing, i);
	return testing;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

void testing_free(struct testing *testing)
{
	store_close(testing->store);
	arena_free(testing->arena);
	nftw(testing->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(testing);
}

struct sv testing_person(struct testing *testing, enum person_role role, unsigned tenant,
			 const char *mail)
{
	struct store *store = testing->store;
	const bool of_company = role_is_of_company(role);
	const struct sv id = new_id(testing);
	struct err err = ERR_INIT;

	need(store_begin(store, &err) == 0 &&
		     store_change(
			     store, &err,
			     "INSERT INTO person (id, mail, name, language, password, must_change,"
			     " created_at) VALUES ($1, $2, $2, 'ja', '!', 0, 1)",
			     STORE_TEXT(id), STORE_TEXT(sv_from(mail))) == 0 &&
		     store_change(
			     store, &err,
			     "INSERT INTO person_role (person, role, operator, company)"
			     " VALUES ($1, $2, $3, $4)",
			     STORE_TEXT(id), STORE_TEXT(sv_from(role_name(role))),
			     STORE_TEXT(of_company ? SV_NONE
						   : sv_from(testing->tenant[tenant].operator_id)),
			     STORE_TEXT(of_company ? sv_from(testing->tenant[tenant].company)
						   : SV_NONE)) == 0 &&
		     store_commit(store, &err) == 0,
	     &err);
	return id;
}

struct actor testing_actor(struct testing *testing, struct sv person)
{
	struct actor actor = { .kind = ACTOR_PERSON, .id = person };
	struct err err = ERR_INIT;

	need(person_grants(testing->store, person, testing->arena, &actor.grant, &actor.grant_count,
			   &err) == 0 &&
		     person_name(testing->store, person, testing->arena, &actor.name, &err) == 0,
	     &err);
	return actor;
}

struct sv testing_device(struct testing *testing, unsigned tenant, const char *hostname,
			 const char *serial)
{
	const struct sv id = new_id(testing);
	struct err err = ERR_INIT;

	need(store_change(
		     testing->store, &err,
		     "INSERT INTO device (id, company, user_name, hostname, platform, serial,"
		     " certificate_expiry, state, enrolled_at) VALUES ($1, $2, '', $3, 'linux',"
		     " $4, $5, 'active', 1)",
		     STORE_TEXT(id), STORE_TEXT(sv_from(testing->tenant[tenant].company)),
		     STORE_TEXT(sv_from(hostname)), STORE_TEXT(sv_from(serial)),
		     STORE_INT(testing->now.us + 86400 * INSTANT_SECOND)) == 0,
	     &err);
	return id;
}

void testing_exec(struct testing *testing, const char *sql)
{
	struct err err = ERR_INIT;

	need(store_exec(testing->store, sql, &err) == 0, &err);
}
