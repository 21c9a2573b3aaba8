#include "centre/tour.h"

#include <stdio.h>
#include <string.h>

#include "centre/effects.h"
#include "base/file.h"
#include "centre/tour_cast.h"
#include "centre/user_key.h"
#include "programme/application.h"

#define ARENA_MAX (64U << 20)
#define ANSWERS_MAX 64
#define HOUR_US (60 * 60 * INSTANT_SECOND)
#define DAY_US (24 * HOUR_US)
#define CERTIFICATE_DAYS 365
#define CLOCK_EVENTS_MAX 32 /* of one company, up to now */

struct play {
	struct store *store;
	struct catalogue *catalogue;
	const struct catalogue_entry *entry;
	const struct tour_people *people;
	const struct tour_cast *cast;
	struct instant now;
	struct arena *arena;
	char application[UUID_TEXT_MAX], company[UUID_TEXT_MAX];
	struct instant received;
};

/* ---- answers ---- */

/* "name=value\nname=value": names may come several times. */
static int read_answers(struct sv rest, struct answer *answer, size_t *count, struct err *err)
{
	while (rest.n > 0) {
		struct sv line = sv_cut(&rest, '\n');

		if (line.n == 0)
			continue;
		if (*count == ANSWERS_MAX)
			return err_set(err, ERR_INTERNAL, "too many answers in the tour");
		answer[*count].name = sv_cut(&line, '=');
		answer[(*count)++].value = line;
	}
	return 0;
}

/* ---- a company's way ---- */

static struct instant moment(const struct play *play, int days, int hour)
{
	const struct day day = day_add(tokyo_of(play->received).day, days);
	const struct instant at = tokyo_instant(day, (unsigned)hour, 20);

	return at.us < play->now.us ? at : play->now;
}

static struct sv actor_of(const struct play *play, enum programme_actor by)
{
	switch (by) {
	case BY_SECRETARIAT: return play->people->secretariat;
	case BY_EXPERT: return play->people->expert;
	case BY_CITY: return play->people->city;
	case BY_DESK: return play->people->desk;
	default: return SV("");
	}
}

static int told(const struct refused *refused, const struct tour_cast *cast, const char *event,
		struct err *err)
{
	for (size_t i = 0; i < refused->errors.count; i++)
		fprintf(stderr, "%.*s: %.*s\n", SV_ARG(refused->errors.item[i].field),
			SV_ARG(refused->errors.item[i].message.ja));
	return err_set(err, ERR_INTERNAL, "the tour's %s of %s was refused: %.*s", event, cast->name,
		       SV_ARG(refused->message.ja));
}

static int receive(struct play *play, struct err *err)
{
	struct answer answer[ANSWERS_MAX];
	char token[33];
	struct application_receipt receipt = { .now = play->received, .address = SV("") };
	struct reception reception;

	snprintf(token, sizeof token, "%032zx", (size_t)play->received.us);
	receipt.token = arena_dup(play->arena, sv_from(token));
	receipt.answers.item = answer;
	if (read_answers(sv_from(tour_answers), answer, &receipt.answers.count, err) != 0 ||
	    read_answers(sv_from(play->cast->answers), answer, &receipt.answers.count, err) != 0 ||
	    application_receive(play->store, play->entry, &receipt, play->arena, &reception, err) !=
		    0)
		return -1;
	if (reception.what != RECEIVED_NEW)
		return told(&reception.refused, play->cast, "form", err);
	memcpy(play->application, reception.id, sizeof play->application);
	memcpy(play->company, reception.company, sizeof play->company);
	return 0;
}

static int change(struct play *play, const char *event, enum programme_actor by,
		  struct answers fields, struct instant at, struct err *err)
{
	const struct application_change wish = { .event = sv_from(event),
						 .by = by,
						 .fields = fields,
						 .actor = actor_of(play, by),
						 .now = at };
	struct application application;
	struct transition transition;
	struct refused refused;
	int r = application_load(play->store, play->catalogue, sv_from(play->application),
				 play->arena, &application, err);

	if (r == 1)
		r = effects_change(play->store, play->entry, &application, &wish, play->arena,
				   &transition, &refused, err);
	else if (r == 0)
		return err_set(err, ERR_INTERNAL, "the tour's application is gone");
	return r == 1 ? told(&refused, play->cast, event, err) : r;
}

/* The fields with the day of the appointment in place of DAY. */
static struct sv dated(const struct play *play, const char *fields, struct instant at)
{
	const struct sv all = sv_from(fields);
	const size_t place = sv_find(all, SV(TOUR_DAY), 0);
	char day[DAY_TEXT_MAX];

	if (place == SIZE_MAX)
		return all;
	day_format(day_add(tokyo_of(at).day, TOUR_DAY_AFTER), DAY_ISO, day);
	return arena_printf(play->arena, "%.*s%s%.*s", SV_ARG(sv_slice(all, 0, place)), day,
			    SV_ARG(sv_slice(all, place + strlen(TOUR_DAY), SIZE_MAX)));
}

static int scene(struct play *play, const struct tour_scene *scene, struct err *err)
{
	const struct instant at = moment(play, scene->days, scene->hour);
	struct answer answer[ANSWERS_MAX];
	struct answers fields = { answer, 0 };

	if (read_answers(dated(play, scene->fields, at), answer, &fields.count, err) != 0)
		return -1;
	return change(play, scene->event, scene->by, fields, at, err);
}

/* What the programme's clock has done since: months, the end. */
static int pass_time(struct play *play, struct err *err)
{
	for (int i = 0; i < CLOCK_EVENTS_MAX; i++) {
		struct application application;
		struct sv event;
		char name[128];
		int r = application_load(play->store, play->catalogue, sv_from(play->application),
					 play->arena, &application, err);

		if (r == 1)
			r = application.wake.us > 0 && application.wake.us <= play->now.us
				    ? programme_clock_event(play->entry->programme, &application.is,
							    play->now, play->arena, &event, err)
				    : 0;
		if (r != 1)
			return r;
		snprintf(name, sizeof name, "%.*s", SV_ARG(event));
		if (change(play, name, BY_CLOCK, (struct answers){ NULL, 0 }, application.wake,
			   err) != 0)
			return -1;
	}
	return err_set(err, ERR_INTERNAL, "the tour's clock does not come to rest");
}

/* ---- devices ---- */

static int participation(struct play *play, char ret[static UUID_TEXT_MAX], struct err *err)
{
	struct store_query *query =
		store_ask(play->store, err, "SELECT id FROM participation WHERE application = $1",
			  STORE_TEXT(sv_from(play->application)));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		snprintf(ret, UUID_TEXT_MAX, "%.*s", SV_ARG(store_text(query, 0)));
	store_done(query);
	return step == 1 ? 0
			 : err_set(err, ERR_INTERNAL, "the tour's %s does not take part",
				   play->cast->name);
}

static int add_device(struct play *play, struct sv owner, unsigned i, struct instant at,
		      struct err *err)
{
	const struct tour_device *device = &play->cast->device[i];
	const struct sv user = sv_from(device->user);
	const int64_t seen = play->now.us - device->silent_days * DAY_US;
	char id[UUID_TEXT_MAX], serial[64];

	uuid_format(uuid_v7((struct instant){ at.us + (int64_t)i * 1000 }), id);
	snprintf(serial, sizeof serial, "tour-%s", id);
	return store_change(
		play->store, err,
		"INSERT INTO device (id, company, participation, user_name, user_key, hostname,"
		" platform, serial, certificate_expiry, state, enrolled_at, seen_at, agent_version)"
		" VALUES ($1, $2, $3, $4, $5, $6, 'Debian GNU/Linux 12', $7, $8, 'active', $9, $10,"
		" '0.1.0')",
		STORE_TEXT(sv_from(id)), STORE_TEXT(sv_from(play->company)), STORE_TEXT(owner),
		STORE_TEXT(user), STORE_TEXT(user_key(user, play->arena)),
		STORE_TEXT(sv_from(device->hostname)), STORE_TEXT(sv_from(serial)),
		STORE_INT(at.us + CERTIFICATE_DAYS * DAY_US), STORE_INT(at.us),
		STORE_INT(seen > at.us ? seen : at.us));
}

static int install(struct play *play, struct err *err)
{
	const struct instant at = moment(play, tour_installed.days, tour_installed.hour);
	char owner[UUID_TEXT_MAX];

	if (participation(play, owner, err) != 0)
		return -1;
	for (unsigned i = 0; i < play->cast->devices; i++) {
		if (add_device(play, sv_from(owner), i, at, err) != 0)
			return -1;
	}
	return change(play, "installed", BY_CENTRE, (struct answers){ NULL, 0 }, at, err);
}

/* ---- all of them ---- */

static int play_one(struct play *play, struct err *err)
{
	const struct tour_cast *cast = play->cast;
	struct day day = day_add(tokyo_of(play->now).day, -cast->received_days_ago);

	play->received = tokyo_instant(day, 10, (unsigned)(cast - tour_cast));
	if (play->received.us >= play->now.us)
		play->received.us = play->now.us - HOUR_US;
	if (receive(play, err) != 0)
		return -1;
	for (size_t i = 0; i < cast->scenes; i++) {
		if (scene(play, &tour_way[i], err) != 0)
			return -1;
	}
	if (cast->ending.event != NULL && scene(play, &cast->ending, err) != 0)
		return -1;
	if (cast->devices > 0 && install(play, err) != 0)
		return -1;
	return pass_time(play, err);
}

/* An account is there already: the invitation would only confuse. */
static int forget_invitation(struct play *play, struct err *err)
{
	struct store_query *query = store_ask(
		play->store, err,
		"SELECT id FROM job WHERE application = $1 AND kind = 'invite'",
		STORE_TEXT(sv_from(play->application)));
	struct sv id = SV_NONE;
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		id = arena_dup(play->arena, store_text(query, 0));
	store_done(query);
	return step <= 0 ? step : job_done(play->store, id, play->now, err);
}

static int keep(struct play *play, struct tour_company *ret, struct err *err)
{
	memcpy(ret->company, play->company, sizeof ret->company);
	return participation(play, ret->participation, err) == 0 ? forget_invitation(play, err) : -1;
}

static int play_all(struct play *play, struct tour *ret, struct err *err)
{
	for (size_t i = 0; i < tour_cast_count; i++) {
		play->cast = &tour_cast[i];
		if (play_one(play, err) != 0 ||
		    (play->cast->role == TOUR_HOST && keep(play, &ret->host, err) != 0) ||
		    (play->cast->role == TOUR_SHOWN && keep(play, &ret->shown, err) != 0))
			return err_wrap(err, "playing %s", play->cast->name);
	}
	return 0;
}

/* Its first day is long ago enough for the whole tour. */
static struct instant published(struct instant now)
{
	return (struct instant){ now.us - 365 * DAY_US };
}

int tour_play(struct store *records, const char *file, struct sv operator_name,
	      const struct tour_people *people, struct instant now, struct tour *ret,
	      struct err *err)
{
	struct play play = { .store = records, .people = people, .now = now,
			     .arena = arena_new(ARENA_MAX) };
	struct programme_problems problems;
	struct programme *programme = programme_read(file, play.arena, &problems, err);
	char id[UUID_TEXT_MAX];
	struct buf source;
	int r = -1;

	buf_init(&source, PROGRAMME_FILE_MAX);
	if (programme != NULL && file_read(file, &source, err) == 0 &&
	    programme_publish(records, operator_name, programme, buf_sv(&source), published(now),
			      id, err) == 0 &&
	    (play.catalogue = catalogue_load(records, err)) != NULL) {
		play.entry = catalogue_by_id(play.catalogue, sv_from(id));
		r = play_all(&play, ret, err);
	}
	buf_done(&source);
	catalogue_free(play.catalogue);
	programme_free(programme);
	arena_free(play.arena);
	return r;
}
