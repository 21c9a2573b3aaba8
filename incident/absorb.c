#include <stdlib.h>

#include "base/mem.h"
#include "incident/tracker.h"

/* Open incidents of a device that a detection is compared with, latest first. */
#define CANDIDATES_MAX 32
#define WINDOW_US (INCIDENT_WINDOW_SECONDS * INSTANT_SECOND)
#define SCRATCH_MAX (32U << 20)
#define LIST_TEXT_MAX 4096 /* bytes of techniques, tactics, tags */
#define SUMMARY_TEXT_MAX 512
#define REASONS_TEXT_MAX (2U << 20)

struct absorption {
	struct incident_tracker *tracker;
	struct store *store;
	const struct history *history;
	const struct incident_detection *detection;
	const struct event *event;
	struct arena *arena;
	int64_t device;
	struct incident_process chain[INCIDENT_CHAIN_MAX];
	size_t chain_count;
	struct incident_fact fact;
};

struct candidates {
	struct incident_candidate item[CANDIDATES_MAX];
	int64_t row[CANDIDATES_MAX];
	size_t count;
};

/* The incident as it is before, and what the detection makes of it. */
struct joined {
	int64_t row;
	struct sv id, company, title, title_ja, host, techniques, tactics;
	enum incident_state state;
	enum rule_level level;
};

/* ==== what is there already ==== */

/* 1: the same event and rule; *ret names its incident. */
static int find_known(struct absorption *a, struct incident_absorbtion *ret, struct err *err)
{
	struct store_query *query = store_ask(
		a->store, err,
		"SELECT i.id, i.level FROM incident_detection d JOIN incident i ON i.row = d.incident"
		" WHERE d.device_row = $1 AND d.event = $2 AND d.rule = $3",
		STORE_INT(a->device), STORE_TEXT(a->fact.event), STORE_TEXT(a->fact.rule));
	const int result = incident_row(query, err);

	if (result != 1)
		return result;
	ret->what = INCIDENT_KNOWN;
	snprintf(ret->incident, sizeof ret->incident, "%.*s", SV_ARG(store_text(query, 0)));
	ret->level = ret->level_before = (enum rule_level)store_int(query, 1);
	store_done(query);
	return 1;
}

static struct sv key_of(const struct incident_process *chain, size_t count,
			const struct incident_root *root)
{
	return root->kind == INCIDENT_TREE_NONE || root->at >= count ? SV_NONE
								     : chain[root->at].guid;
}

/* A rule without an id goes by its title. */
static struct sv rule_key(const struct rule *rule)
{
	return rule->id.n > 0	   ? rule->id
	       : rule->title.n > 0 ? rule->title
				   : incident_text(rule->file);
}

static void read_fact(struct absorption *a)
{
	const struct sv guid = incident_cut(event_text(a->event, SV("ProcessGuid")), 128);

	a->chain_count = incident_chain(a->history, guid, a->event, a->chain);
	a->fact = (struct incident_fact){
		.event = a->event->envelope.id,
		.rule = rule_key(a->detection->rule),
		.root = incident_root(a->chain, a->chain_count),
		.at = incident_when(a->event),
	};
	a->fact.key = key_of(a->chain, a->chain_count, &a->fact.root);
	if (a->fact.root.kind == INCIDENT_TREE_PROCESS) {
		a->fact.started = a->chain[a->fact.root.at].started;
		a->fact.ended = a->chain[a->fact.root.at].ended;
	}
}

/* An ancestor may have become known since: the root is looked for again. */
static void resolve(const struct absorption *a, struct incident_candidate *c)
{
	struct incident_process chain[INCIDENT_CHAIN_MAX];
	struct incident_root root;
	size_t count;

	if (c->root.kind != INCIDENT_TREE_PROCESS)
		return;
	count = incident_chain(a->history, c->key, NULL, chain);
	root = incident_root(chain, count);
	if (root.kind != INCIDENT_TREE_PROCESS)
		return; /* less is known than then */
	c->root = root;
	c->key = key_of(chain, count, &root);
	c->started = chain[root.at].started;
	c->ended = chain[root.at].ended;
}

/* Whether one has the key already, so that nobody's ancestors need to be looked at. */
static bool has_key(const struct absorption *a, const struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->item[i].root.kind == a->fact.root.kind && a->fact.key.n > 0 &&
		    sv_eq(c->item[i].key, a->fact.key))
			return true;
	return false;
}

static int64_t shift(struct instant at, int64_t by)
{
	int64_t sum;

	if (__builtin_add_overflow(at.us, by, &sum))
		return by < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int read_candidates(struct absorption *a, struct candidates *c, struct err *err)
{
	struct store_query *query = store_ask(
		a->store, err,
		"SELECT row, tree, tree_key, tree_rule, first, last, EXISTS (SELECT 1 FROM"
		" incident_detection d WHERE d.device_row = $1 AND d.event = $2"
		" AND d.incident + 0 = i.row) FROM incident i WHERE device_row = $1 AND state < $3"
		" AND last >= $5 AND first <= $6 ORDER BY last DESC LIMIT $4",
		STORE_INT(a->device), STORE_TEXT(a->fact.event), STORE_INT(INCIDENT_RESOLVED),
		STORE_INT(CANDIDATES_MAX), STORE_INT(shift(a->fact.at, -WINDOW_US)),
		STORE_INT(shift(a->fact.at, WINDOW_US)));
	bool full = false;
	int result = 0;

	c->count = 0;
	if (!query)
		return -1;
	while (c->count < CANDIDATES_MAX && (result = store_step(query, err)) == 1) {
		c->row[c->count] = store_int(query, 0);
		c->item[c->count++] = (struct incident_candidate){
			.root = { .kind = (enum incident_tree_kind)store_int(query, 1) },
			.key = incident_keep(a->arena, store_text(query, 2), &full),
			.rule = incident_keep(a->arena, store_text(query, 3), &full),
			.first = { store_int(query, 4) },
			.last = { store_int(query, 5) },
			.same_event = store_int(query, 6) != 0,
		};
	}
	store_done(query);
	if (result < 0)
		return -1;
	if (full)
		return incident_too_large(err);
	for (size_t i = 0; i < c->count && !has_key(a, c); i++)
		resolve(a, &c->item[i]);
	return 0;
}

/* ==== writing ==== */

static int next_number(struct store *store, struct sv company, int64_t *ret, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"INSERT INTO incident_number (company, last) VALUES ($1, 1)"
		" ON CONFLICT (company) DO UPDATE SET last = incident_number.last + 1 RETURNING last",
		STORE_TEXT(company));

	if (incident_row(query, err) != 1)
		return -1;
	*ret = store_int(query, 0);
	store_done(query);
	return 0;
}

static int insert_incident(struct absorption *a, const char *id, int64_t number,
			   struct sv techniques, struct sv tactics, int64_t *ret_row,
			   struct err *err)
{
	const struct incident_detection *d = a->detection;
	const struct event_envelope *envelope = &a->event->envelope;
	struct store_query *query = store_ask(
		a->store, err,
		"INSERT INTO incident (id, number, company, device, device_row, host, title, title_ja,"
		" level, state, assignee, techniques, tactics, detections, processes, tree, tree_key,"
		" tree_rule, first, last, opened, updated, version) VALUES ($1, $2, $3, $4, $5, $6,"
		" $7, $8, $9, $10, NULL, $11, $12, 1, 0, $13, $14, $15, $16, $16, $17, $17, 1)"
		" RETURNING row",
		STORE_TEXT(sv_from(id)), STORE_INT(number), STORE_TEXT(envelope->company),
		STORE_TEXT(envelope->device), STORE_INT(a->device),
		STORE_TEXT(incident_host_of(a->event)), STORE_TEXT(incident_text(d->rule->title)),
		STORE_TEXT(incident_text(d->rule->title_ja)), STORE_INT(d->rule->level),
		STORE_INT(INCIDENT_NEW), STORE_TEXT(techniques), STORE_TEXT(tactics),
		STORE_INT(a->fact.root.kind), STORE_TEXT(incident_text(a->fact.key)),
		STORE_TEXT(a->fact.rule), STORE_INT(a->fact.at.us), STORE_INT(d->now.us));

	if (incident_row(query, err) != 1)
		return -1;
	*ret_row = store_int(query, 0);
	store_done(query);
	return 0;
}

static int open_incident(struct absorption *a, struct incident_absorbtion *ret, int64_t *ret_row,
			 struct err *err)
{
	const struct incident_detection *d = a->detection;
	const struct sv company = a->event->envelope.company;
	struct buf techniques, tactics;
	int64_t number;
	int failed;

	uuid_format(uuid_v7(d->now), ret->incident);
	ret->what = INCIDENT_OPENED;
	ret->level_before = LEVEL_NONE;
	ret->level = d->rule->level;
	buf_init(&techniques, LIST_TEXT_MAX);
	buf_init(&tactics, LIST_TEXT_MAX);
	incident_add_tags(d->rule, &techniques, &tactics);
	failed = next_number(a->store, company, &number, err);
	if (failed == 0)
		failed = insert_incident(a, ret->incident, number,
					 incident_text(buf_sv(&techniques)),
					 incident_text(buf_sv(&tactics)), ret_row, err);
	buf_done(&techniques);
	buf_done(&tactics);
	if (failed != 0 ||
	    incident_count(a->store, company, INCIDENT_NEW, d->rule->level, 1, err) != 0)
		return -1;
	return incident_put_entry(a->store,
				  &(struct incident_new_entry){
					  .incident = *ret_row,
					  .kind = INCIDENT_ENTRY_OPENED,
					  .at = d->now,
					  .to = sv_from(incident_state_name(INCIDENT_NEW)),
				  },
				  err);
}

static int read_joined(struct absorption *a, int64_t row, struct joined *ret, struct err *err)
{
	struct store_query *query = store_ask(
		a->store, err,
		"SELECT id, company, title, title_ja, host, techniques, tactics, state, level"
		" FROM incident WHERE row = $1",
		STORE_INT(row));
	bool full = false;

	if (incident_row(query, err) != 1)
		return -1;
	*ret = (struct joined){
		.row = row,
		.id = incident_keep(a->arena, store_text(query, 0), &full),
		.company = incident_keep(a->arena, store_text(query, 1), &full),
		.title = incident_keep(a->arena, store_text(query, 2), &full),
		.title_ja = incident_keep(a->arena, store_text(query, 3), &full),
		.host = incident_keep(a->arena, store_text(query, 4), &full),
		.techniques = incident_keep(a->arena, store_text(query, 5), &full),
		.tactics = incident_keep(a->arena, store_text(query, 6), &full),
		.state = (enum incident_state)store_int(query, 7),
		.level = (enum rule_level)store_int(query, 8),
	};
	store_done(query);
	return full ? incident_too_large(err) : 0;
}

/* A graver rule gives its title and level. */
static int raise_level(struct absorption *a, struct joined *joined, struct err *err)
{
	const struct rule *rule = a->detection->rule;

	if (rule->level <= joined->level)
		return 0;
	if (incident_count(a->store, joined->company, joined->state, joined->level, -1, err) != 0 ||
	    incident_count(a->store, joined->company, joined->state, rule->level, 1, err) != 0 ||
	    incident_put_entry(a->store,
			       &(struct incident_new_entry){
				       .incident = joined->row,
				       .kind = INCIDENT_ENTRY_LEVEL,
				       .at = a->detection->now,
				       .from = sv_from(rule_level_name(joined->level)),
				       .to = sv_from(rule_level_name(rule->level)),
			       },
			       err) != 0)
		return -1;
	joined->level = rule->level;
	joined->title = incident_text(rule->title);
	joined->title_ja = incident_text(a->detection->rule->title_ja);
	return 0;
}

static int update_incident(struct absorption *a, const struct joined *joined,
			   const struct incident_candidate *candidate, struct sv techniques,
			   struct sv tactics, struct err *err)
{
	/* A root found higher up is kept, since the processes in between will be forgotten. */
	const struct sv key =
		candidate->root.kind == INCIDENT_TREE_PROCESS ? candidate->key : SV_NONE;

	return store_change(
		a->store, err,
		"UPDATE incident SET detections = detections + 1,"
		" first = CASE WHEN $2 < first THEN $2 ELSE first END,"
		" last = CASE WHEN $2 > last THEN $2 ELSE last END,"
		" updated = CASE WHEN $3 > updated THEN $3 ELSE updated END, level = $4,"
		" title = $5, title_ja = $6, host = CASE WHEN host = '' THEN $7 ELSE host END, techniques = $8,"
		" tactics = $9, tree_key = coalesce($10, tree_key) WHERE row = $1",
		STORE_INT(joined->row), STORE_INT(a->fact.at.us), STORE_INT(a->detection->now.us),
		STORE_INT(joined->level), STORE_TEXT(joined->title), STORE_TEXT(joined->title_ja),
		STORE_TEXT(incident_host_of(a->event)), STORE_TEXT(techniques), STORE_TEXT(tactics),
		STORE_TEXT(key));
}

static int join_incident(struct absorption *a, int64_t row,
			 const struct incident_candidate *candidate,
			 struct incident_absorbtion *ret, struct err *err)
{
	struct buf techniques, tactics;
	struct joined joined;
	int failed;

	if (read_joined(a, row, &joined, err) != 0)
		return -1;
	ret->what = INCIDENT_JOINED;
	ret->level_before = joined.level;
	snprintf(ret->incident, sizeof ret->incident, "%.*s", SV_ARG(joined.id));
	if (raise_level(a, &joined, err) != 0)
		return -1;
	ret->level = joined.level;
	buf_init(&techniques, LIST_TEXT_MAX);
	buf_init(&tactics, LIST_TEXT_MAX);
	buf_put_sv(&techniques, joined.techniques);
	buf_put_sv(&tactics, joined.tactics);
	incident_add_tags(a->detection->rule, &techniques, &tactics);
	failed = update_incident(a, &joined, candidate, incident_text(buf_sv(&techniques)),
				 incident_text(buf_sv(&tactics)), err);
	buf_done(&techniques);
	buf_done(&tactics);
	return failed;
}

static int insert_detection(struct absorption *a, int64_t incident, struct err *err)
{
	const struct incident_detection *d = a->detection;
	const struct event_envelope *envelope = &a->event->envelope;
	struct buf tags, reasons, summary;
	char id[UUID_TEXT_MAX];
	int failed;

	uuid_format(uuid_v7(d->now), id);
	buf_init(&tags, LIST_TEXT_MAX);
	buf_init(&summary, SUMMARY_TEXT_MAX);
	buf_init(&reasons, REASONS_TEXT_MAX);
	incident_put_tags(d->rule, &tags);
	incident_put_reasons(d, &reasons);
	incident_put_summary(a->event, &summary);
	failed = store_change(
		a->store, err,
		"INSERT INTO incident_detection (id, incident, company, device, device_row, event,"
		" rule, rule_title, title_ja, level, tags, ruleset, reasons, process, summary,"
		" observed, detected) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
		" $13, $14, $15, $16, $17)",
		STORE_TEXT(sv_from(id)), STORE_INT(incident), STORE_TEXT(envelope->company),
		STORE_TEXT(envelope->device), STORE_INT(a->device), STORE_TEXT(a->fact.event),
		STORE_TEXT(a->fact.rule), STORE_TEXT(incident_text(d->rule->title)),
		STORE_TEXT(incident_text(d->rule->title_ja)), STORE_INT(d->rule->level),
		STORE_TEXT(incident_text(buf_sv(&tags))), STORE_TEXT(incident_text(d->ruleset)),
		STORE_TEXT(reasons.full ? SV("[]") : buf_sv(&reasons)),
		STORE_TEXT(a->chain_count > 0 ? a->chain[0].guid : SV("")),
		STORE_TEXT(incident_text(buf_sv(&summary))), STORE_INT(a->fact.at.us),
		STORE_INT(d->now.us));
	buf_done(&tags);
	buf_done(&reasons);
	buf_done(&summary);
	return failed;
}

static int put_node(struct absorption *a, int64_t incident, const struct incident_process *p,
		    struct err *err)
{
	if (p->guid.n == 0)
		return 0;
	if (!p->context)
		tracker_watch(a->tracker, a->device, p->guid);
	return incident_put_process(a->store, incident, a->device, p, err);
}

/* The process, its ancestors up to the root, and the launcher above as context. */
static int put_chain(struct absorption *a, int64_t incident, struct err *err)
{
	size_t top = a->fact.root.at;

	if (top + 1 < a->chain_count)
		top++;
	for (size_t i = top + 1; i-- > 0;) {
		struct incident_process p = a->chain[i];

		p.flagged = i == 0;
		p.context = i > a->fact.root.at;
		if (put_node(a, incident, &p, err) != 0)
			return -1;
	}
	return 0;
}

/* What the tree's processes had started before anything was detected. */
struct descent {
	struct absorption *a;
	int64_t incident;
	struct sv guid[INCIDENT_PROCESSES_MAX]; /* in the tree so far */
	size_t count;
	int failed;
	struct err *err;
};

static bool is_descendant(const struct descent *d, const struct incident_process *p)
{
	for (size_t i = 0; i < d->count; i++)
		if (p->parent_guid.n > 0 && sv_eq(d->guid[i], p->parent_guid))
			return true;
	return false;
}

static bool descend(void *context, const struct incident_process *p)
{
	struct descent *d = context;

	if (!is_descendant(d, p))
		return true;
	d->failed = put_node(d->a, d->incident, p, d->err);
	if (d->count < INCIDENT_PROCESSES_MAX)
		d->guid[d->count++] = p->guid;
	return d->failed == 0;
}

static int put_tree(struct absorption *a, int64_t incident, struct err *err)
{
	struct descent d = { .a = a, .incident = incident, .err = err };
	int64_t n;
	int known;

	if (a->chain_count == 0)
		return 0;
	known = a->fact.key.n == 0 ? 1
				   : incident_find_process(a->store, incident, a->device,
							   a->fact.key, &n, err);
	if (known < 0 || put_chain(a, incident, err) != 0)
		return -1;
	if (known == 1 || a->fact.root.kind != INCIDENT_TREE_PROCESS)
		return 0;
	d.guid[d.count++] = a->fact.key;
	history_each(a->history, a->fact.key, descend, &d);
	return d.failed;
}

static int put_words(struct absorption *a, int64_t incident, struct err *err)
{
	const struct incident_detection *d = a->detection;
	const struct sv text[] = { d->rule->title, d->rule->title_ja, incident_host_of(a->event),
				   event_text(a->event, SV("Image")),
				   event_text(a->event, SV("TargetFilename")) };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (incident_add_words(a->store, incident, incident_cut(text[i], 512), err) != 0)
			return -1;
	return 0;
}

static int absorb(struct absorption *a, struct incident_absorbtion *ret, struct err *err)
{
	struct candidates candidates;
	struct incident_absorbtion absorbed = { .what = INCIDENT_OPENED };
	int64_t row;
	size_t join;
	int known;

	read_fact(a);
	known = find_known(a, ret, err);
	if (known != 0)
		return known < 0 ? -1 : 0;
	if (read_candidates(a, &candidates, err) != 0)
		return -1;
	join = incident_group(&a->fact, candidates.item, candidates.count);
	row = join == SIZE_MAX ? 0 : candidates.row[join];
	if (join == SIZE_MAX ? open_incident(a, &absorbed, &row, err) != 0
			     : join_incident(a, row, &candidates.item[join], &absorbed, err) != 0)
		return -1;
	if (insert_detection(a, row, err) != 0 || put_tree(a, row, err) != 0 ||
	    put_words(a, row, err) != 0)
		return -1;
	*ret = absorbed;
	return 0;
}

int incident_absorb(struct incident_tracker *tracker, struct store *store,
		    const struct incident_detection *detection, struct incident_absorbtion *ret,
		    struct err *err)
{
	const struct event_envelope *envelope = &detection->event->envelope;
	struct absorption *a;
	int failed;

	if (envelope->id.n == 0 || envelope->company.n == 0 || envelope->device.n == 0)
		return err_set(err, ERR_INTERNAL,
			       "a detection without event id, company or device");
	if (incident_need_transaction(store, err) != 0)
		return -1;
	a = mem_zalloc(sizeof *a);
	a->tracker = tracker;
	a->store = store;
	a->detection = detection;
	a->event = detection->event;
	a->arena = arena_new(SCRATCH_MAX);
	failed = tracker_device(tracker, store, envelope->company, envelope->device, &a->device,
				err);
	if (failed == 0)
		failed = tracker_history(tracker, store, envelope->company, envelope->device,
					 &a->history, err);
	if (failed == 0)
		failed = absorb(a, ret, err);
	arena_free(a->arena);
	free(a);
	return failed != 0 ? err_wrap(err, "keeping a detection") : 0;
}
