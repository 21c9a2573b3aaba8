/*
 * actor.c - orders, in turn: checked, written down, done, reported. What is
 * checked here is what counts, whoever handed the order on.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/linux/sensor_role.h"
#include "base/mem.h"

#define ORDER_ARENA_MAX (256U << 10)
#define DETAIL_MAX 600

struct refusal {
	struct sha256 digest;
	uint64_t at_us;
	uint64_t silent; /* times it came and was not reported */
};

struct actor {
	struct actor_options options;
	struct wire_check_key key;
	struct agent_state state; /* the thread's; last and isolated also under lock */
	struct refusal refusal[REFUSALS_MAX];
	size_t next_refusal;
	uint64_t ticket;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under lock */
	struct sv waiting[ORDERS_WAITING_MAX];
	size_t count;
	uint64_t last;
	bool isolated, check_isolation, stop;
	struct instant licence_off;
};

struct outcome {
	bool done;
	char detail[DETAIL_MAX];
	struct report_field field[4];
	size_t fields;
	struct triage_result triage;
	char digest[2 * SHA256_SIZE + 1];
};

/* ---- reports ---- */

static struct instant now(void)
{
	return clock_now(clock_real());
}

static void remember(struct actor *actor)
{
	struct err err = ERR_INIT;

	if (agent_state_save(actor->options.paths->state, &actor->state, &err) < 0)
		log_error(actor->options.log, LOG_ERROR, "remembering the state", &err);
}

/* Puts out a result and waits until it is in the spool; only then it is forgotten. */
static void report_result(struct actor *actor, const struct outcome *outcome)
{
	struct report_field field[12] = {
		REPORT_TEXT("ActionId", sv_from(actor->state.pending_id)),
		REPORT_TEXT("Kind", sv_from(actor->state.pending_kind)),
		REPORT_TEXT("Result", outcome->done ? SV("done") : SV("failed")),
		REPORT_TEXT("Detail", sv_from(outcome->detail)),
		REPORT_NUMBER("OrderNumber", actor->state.pending_number),
	};
	struct outbox_item item = { .image_fd = -1, .ticket = ++actor->ticket };
	size_t count = 5;

	for (size_t i = 0; i < outcome->fields; i++)
		field[count++] = outcome->field[i];
	item.line = report_line(now(), SV("action_result"), field, count, &item.n);
	outbox_put(actor->options.station->outbox, &item, true);
	if (!sender_wait(actor->options.sender, actor->ticket, STORED_WAIT_MS))
		return; /* it stays written down, and is reported again after a restart */
	actor->state.pending_id[0] = '\0';
	remember(actor);
}

/* One report for each order that is refused; when it comes again, one in ten minutes. */
static void refuse(struct actor *actor, struct sv json, const struct err *why)
{
	const struct sha256 digest = sha256_of(json);
	const uint64_t at = clock_monotonic_us();
	struct refusal *known = NULL;
	char hex[2 * SHA256_SIZE + 1];

	for (size_t i = 0; i < REFUSALS_MAX; i++)
		if (actor->refusal[i].at_us &&
		    memcmp(actor->refusal[i].digest.byte, digest.byte, sizeof digest.byte) == 0)
			known = &actor->refusal[i];
	actor->options.refused(actor->options.context);
	if (known && at - known->at_us < REFUSAL_AGAIN_SECONDS * UINT64_C(1000000)) {
		known->silent++;
		return;
	}
	if (!known) {
		known = &actor->refusal[actor->next_refusal];
		actor->next_refusal = (actor->next_refusal + 1) % REFUSALS_MAX;
		*known = (struct refusal){ .digest = digest };
	}
	log_error(actor->options.log, LOG_WARNING, "an order is refused", why);
	report(actor->options.station->outbox, now(), SV("order_refused"),
	       (const struct report_field[]){
		       REPORT_TEXT("Reason", sv_from(why->text)),
		       REPORT_TEXT("Code", sv_from(err_code_name(why->code))),
		       REPORT_TEXT("OrderDigest", sv_from(hex_encode(digest.byte, sizeof digest.byte, hex))),
		       REPORT_NUMBER("Count", known->silent + 1),
	       },
	       4, true);
	known->at_us = at;
	known->silent = 0;
}

/* ---- actions ---- */

static struct isolation isolation_of(const struct actor *actor)
{
	return (struct isolation){
		.url = actor->options.identity->devices_url,
		.dns = actor->state.isolation_dns,
		.rules_path = actor->options.paths->rules,
	};
}

static void set_isolated(struct actor *actor, bool isolated)
{
	actor->state.isolated = isolated;
	remember(actor);
	pthread_mutex_lock(&actor->lock);
	actor->isolated = isolated;
	pthread_mutex_unlock(&actor->lock);
}

static int do_isolate(struct actor *actor, const struct agent_order *order, struct outcome *ret,
		      struct err *err)
{
	struct isolation isolation;

	actor->state.isolation_dns = order->dns;
	isolation = isolation_of(actor);
	if (isolate(&isolation, err) < 0)
		return -1;
	set_isolated(actor, true);
	snprintf(ret->detail, sizeof ret->detail, "only the centre can be reached%s",
		 order->dns ? ", and name servers" : "");
	return 0;
}

static int do_release(struct actor *actor, const struct agent_order *order, struct outcome *ret,
		      struct err *err)
{
	const bool was = actor->state.isolated;

	if (isolation_release(actor->options.paths->rules, err) < 0)
		return -1;
	set_isolated(actor, false);
	snprintf(ret->detail, sizeof ret->detail, "%s",
		 was ? "the network is open again" : "the host was not isolated");
	return 0;
}

static int do_kill(struct actor *actor, const struct agent_order *order, struct outcome *ret,
		   struct err *err)
{
	struct kill_report report = { 0 };
	const int result = kill_tree(actor->options.station, sv_from(order->process), &report, err);

	ret->field[ret->fields++] = REPORT_NUMBER("Killed", report.killed);
	if (result < 0)
		return -1;
	snprintf(ret->detail, sizeof ret->detail, "%zu process%s ended%s", report.killed,
		 report.killed == 1 ? "" : "es",
		 report.spared ? "; the agent's own among them were spared" : "");
	return 0;
}

static int do_collect(struct actor *actor, const struct agent_order *order, struct outcome *ret,
		      struct err *err)
{
	if (triage_collect(actor->options.paths, &ret->triage, err) < 0)
		return -1;
	hex_encode(ret->triage.digest.byte, sizeof ret->triage.digest.byte, ret->digest);
	ret->field[ret->fields++] = REPORT_TEXT("Path", sv_from(ret->triage.path));
	ret->field[ret->fields++] = REPORT_NUMBER("Size", ret->triage.size);
	ret->field[ret->fields++] = REPORT_TEXT("Sha256", sv_from(ret->digest));
	snprintf(ret->detail, sizeof ret->detail, "kept on the device, %llu bytes",
		 (unsigned long long)ret->triage.size);
	return 0;
}

static int do_uninstall(struct actor *actor, const struct agent_order *order, struct outcome *ret,
			struct err *err)
{
	/* A host must never stay cut off by an agent that is gone. */
	if (actor->state.isolated && do_release(actor, order, ret, err) < 0)
		return -1;
	snprintf(ret->detail, sizeof ret->detail, "the agent ends and removes its data");
	return 0;
}

static void set_licence(struct actor *actor, struct instant off)
{
	actor->state.licence_off = off;
	remember(actor);
	pthread_mutex_lock(&actor->lock);
	actor->licence_off = off;
	pthread_mutex_unlock(&actor->lock);
}

/*
 * Not uninstalling: the agent stays and asks for orders, so that the
 * licence can come back. A host must not stay cut off by what protects no more.
 */
static int do_licence_off(struct actor *actor, const struct agent_order *order,
			  struct outcome *ret, struct err *err)
{
	const bool was = actor->state.licence_off.us > 0;

	if (actor->state.isolated && do_release(actor, order, ret, err) < 0)
		return -1;
	if (actor->options.sense(actor->options.context, false, err) < 0)
		return -1;
	if (!was)
		set_licence(actor, now());
	snprintf(ret->detail, sizeof ret->detail, "%s",
		 was ? "the licence was off already" : "nothing is observed any more");
	return 0;
}

static int do_licence_on(struct actor *actor, const struct agent_order *order,
			 struct outcome *ret, struct err *err)
{
	const bool was = actor->state.licence_off.us == 0;

	if (actor->options.sense(actor->options.context, true, err) < 0)
		return -1;
	if (!was)
		set_licence(actor, (struct instant){ 0 });
	snprintf(ret->detail, sizeof ret->detail, "%s",
		 was ? "the licence was on already" : "the host is observed again");
	return 0;
}

static const struct {
	bool without_licence; /* also then */
	int (*act)(struct actor *actor, const struct agent_order *order, struct outcome *ret,
		   struct err *err);
} action[] = {
	[AGENT_ISOLATE] = { false, do_isolate },	 [AGENT_RELEASE] = { true, do_release },
	[AGENT_KILL] = { false, do_kill },		 [AGENT_COLLECT] = { false, do_collect },
	[AGENT_UNINSTALL] = { true, do_uninstall },	 [AGENT_LICENCE_OFF] = { true, do_licence_off },
	[AGENT_LICENCE_ON] = { true, do_licence_on },
};
_Static_assert(sizeof action / sizeof *action == AGENT_ACTION_COUNT, "every action is done by somebody");

static void act(struct actor *actor, const struct agent_order *order)
{
	struct outcome outcome = { .fields = 0 };
	struct err err = ERR_INIT;

	log_line(actor->options.log, LOG_INFO, "an order is carried out",
		 LOG_STR("kind", agent_action_name(order->action)), LOG_STR("action", order->id),
		 LOG_INT("number", order->number));
	if (actor->state.licence_off.us > 0 && !action[order->action].without_licence)
		err_set(&err, ERR_DENIED, "the licence of this device is off");
	else
		outcome.done = action[order->action].act(actor, order, &outcome, &err) == 0;
	if (!outcome.done) {
		snprintf(outcome.detail, sizeof outcome.detail, "%.*s", DETAIL_MAX - 1, err.text);
		log_error(actor->options.log, LOG_ERROR, "an order failed", &err);
	}
	report_result(actor, &outcome);
	if (outcome.done && order->action == AGENT_UNINSTALL)
		actor->options.remove(actor->options.context);
}

/* ---- checking ---- */

/* Signature, subject, number, expiry, then the payload. Nothing is done before all of it holds. */
static int check(struct actor *actor, struct sv json, struct arena *arena, struct agent_order *ret,
		 uint64_t *ret_number, struct err *err)
{
	struct wire_order order;

	if (wire_order_open(json, &actor->key, sv_from(actor->options.identity->device),
			    actor->state.last_order, now(), arena, &order, err) < 0)
		return -1;
	/* From here on it is the centre's word, and its number is used up. */
	*ret_number = order.number;
	if (order.kind != WIRE_COMMAND)
		return err_set(err, ERR_DENIED, "orders of kind %s are none for this version of the agent",
			       wire_kind_name(order.kind));
	if (agent_order_parse(order.payload, ret, err) < 0)
		return err_wrap(err, "the order's payload");
	ret->number = order.number;
	return 0;
}

static void write_down(struct actor *actor, uint64_t number, const struct agent_order *order)
{
	actor->state.last_order = number;
	actor->state.pending_id[0] = '\0';
	if (order) {
		actor->state.pending_number = number;
		snprintf(actor->state.pending_id, sizeof actor->state.pending_id, "%s", order->id);
		snprintf(actor->state.pending_kind, sizeof actor->state.pending_kind, "%s",
			 agent_action_name(order->action));
	}
	remember(actor);
	pthread_mutex_lock(&actor->lock);
	actor->last = number;
	pthread_mutex_unlock(&actor->lock);
	actor->options.last(actor->options.context, number);
}

static void handle(struct actor *actor, struct sv json)
{
	struct arena *arena = arena_new(ORDER_ARENA_MAX);
	struct agent_order order;
	struct err err = ERR_INIT;
	uint64_t number = 0;

	if (check(actor, json, arena, &order, &number, &err) == 0) {
		/* Before the deed: an order is rather lost than carried out twice. */
		write_down(actor, number, &order);
		act(actor, &order);
	} else {
		if (number > 0)
			write_down(actor, number, NULL);
		refuse(actor, json, &err);
	}
	arena_free(arena);
}

/* ---- the thread ---- */

static void look_at_isolation(struct actor *actor)
{
	const struct isolation isolation = isolation_of(actor);
	struct err err = ERR_INIT;
	bool restored;

	if (!actor->state.isolated || isolation_holds())
		return;
	restored = isolation_restore(&isolation, &err) == 0;
	log_line(actor->options.log, LOG_WARNING, "the isolation was gone",
		 LOG_STR("restored", restored ? "yes" : err.text));
	report(actor->options.station->outbox, now(), SV("isolation_restored"),
	       (const struct report_field[]){
		       REPORT_TEXT("Result", restored ? SV("done") : SV("failed")),
		       REPORT_TEXT("Detail", restored ? SV("somebody had removed the rules") : sv_from(err.text)),
	       },
	       2, true);
}

/* Next order, or SV_NONE where there is only the isolation to look at. False: the end. */
static bool next(struct actor *actor, struct sv *ret, bool *ret_look)
{
	bool go_on;

	pthread_mutex_lock(&actor->lock);
	while (actor->count == 0 && !actor->check_isolation && !actor->stop)
		pthread_cond_wait(&actor->changed, &actor->lock);
	go_on = !actor->stop;
	*ret = SV_NONE;
	*ret_look = actor->check_isolation;
	actor->check_isolation = false;
	if (go_on && actor->count > 0) {
		*ret = actor->waiting[0];
		memmove(actor->waiting, actor->waiting + 1, --actor->count * sizeof *actor->waiting);
	}
	pthread_mutex_unlock(&actor->lock);
	return go_on;
}

/* What was in force and what was going on when the agent ended. */
static void resume(struct actor *actor)
{
	const bool wanted = actor->state.isolated;
	struct outcome outcome = { .fields = 0 };

	look_at_isolation(actor);
	if (!actor->state.pending_id[0])
		return;
	/* Isolation can be seen; of the rest nobody knows how far it went. */
	if (sv_eq(sv_from(actor->state.pending_kind), SV("isolate"))) {
		outcome.done = isolation_holds();
		set_isolated(actor, outcome.done);
	} else if (sv_eq(sv_from(actor->state.pending_kind), SV("release"))) {
		outcome.done = !wanted && !isolation_holds();
	} else if (sv_eq(sv_from(actor->state.pending_kind), SV("licence_off"))) {
		outcome.done = actor->state.licence_off.us > 0;
	} else if (sv_eq(sv_from(actor->state.pending_kind), SV("licence_on"))) {
		outcome.done = actor->state.licence_off.us == 0;
	}
	snprintf(outcome.detail, sizeof outcome.detail, "%s",
		 outcome.done ? "the agent was restarted meanwhile"
			      : "the agent was restarted meanwhile: whether it was done is not known");
	report_result(actor, &outcome);
}

static void *acting(void *context)
{
	struct actor *actor = context;
	struct sv json;
	bool look;

	resume(actor);
	while (next(actor, &json, &look)) {
		if (json.p) {
			union {
				const char *borrowed;
				char *owned;
			} bytes = { .borrowed = json.p };

			handle(actor, json);
			free(bytes.owned);
		}
		if (look)
			look_at_isolation(actor);
	}
	return NULL;
}

/* ---- starting ---- */

struct actor *actor_new(const struct actor_options *options, struct err *err)
{
	struct actor *actor = mem_zalloc(sizeof *actor);
	struct err damaged = ERR_INIT;

	actor->options = *options;
	memcpy(actor->key.byte, options->identity->check_key, sizeof actor->key.byte);
	pthread_mutex_init(&actor->lock, NULL);
	pthread_cond_init(&actor->changed, NULL);
	if (agent_state_load(options->paths->state, &actor->state, &damaged) < 0) {
		/* Orders carry an expiry, so going on lets in only what is of the last day. */
		log_error(options->log, LOG_ERROR, "the agent's state is lost", &damaged);
		report(options->station->outbox, now(), SV("state_lost"),
		       (const struct report_field[]){ REPORT_TEXT("Detail", sv_from(damaged.text)) }, 1, true);
		actor->state = (struct agent_state){ .isolated = isolation_holds() };
		if (agent_state_save(options->paths->state, &actor->state, err) < 0) {
			free(actor);
			return NULL;
		}
	}
	actor->last = actor->state.last_order;
	actor->isolated = actor->state.isolated;
	actor->licence_off = actor->state.licence_off;
	pthread_create(&actor->thread, NULL, acting, actor);
	return actor;
}

void actor_free(struct actor *actor)
{
	if (!actor)
		return;
	pthread_mutex_lock(&actor->lock);
	actor->stop = true;
	pthread_cond_broadcast(&actor->changed);
	pthread_mutex_unlock(&actor->lock);
	pthread_join(actor->thread, NULL);
	for (size_t i = 0; i < actor->count; i++) {
		union {
			const char *borrowed;
			char *owned;
		} bytes = { .borrowed = actor->waiting[i].p };

		free(bytes.owned);
	}
	pthread_cond_destroy(&actor->changed);
	pthread_mutex_destroy(&actor->lock);
	free(actor);
}

void actor_take(struct actor *actor, struct sv json)
{
	pthread_mutex_lock(&actor->lock);
	/* More than that at once: they come again, because their numbers are not used up. */
	if (actor->count < ORDERS_WAITING_MAX)
		actor->waiting[actor->count++] = (struct sv){ mem_dup_sv(json), json.n };
	pthread_cond_broadcast(&actor->changed);
	pthread_mutex_unlock(&actor->lock);
}

uint64_t actor_last(struct actor *actor)
{
	uint64_t last;

	pthread_mutex_lock(&actor->lock);
	last = actor->last;
	pthread_mutex_unlock(&actor->lock);
	return last;
}

bool actor_isolated(struct actor *actor)
{
	bool isolated;

	pthread_mutex_lock(&actor->lock);
	isolated = actor->isolated;
	pthread_mutex_unlock(&actor->lock);
	return isolated;
}

struct instant actor_licence_off(struct actor *actor)
{
	struct instant off;

	pthread_mutex_lock(&actor->lock);
	off = actor->licence_off;
	pthread_mutex_unlock(&actor->lock);
	return off;
}

void actor_check_isolation(struct actor *actor)
{
	pthread_mutex_lock(&actor->lock);
	actor->check_isolation = true;
	pthread_cond_broadcast(&actor->changed);
	pthread_mutex_unlock(&actor->lock);
}
