/*
 * The records of events come between each other. Those of one id are kept until
 * its last record, or until a later one shows that none is to come.
 */
#include <string.h>

#include "base/mem.h"
#include "event/auditd.h"
#include "event/lines.h"

#define COUNT(table) (sizeof table / sizeof *table)

struct group {
	bool used, complete, given;
	uint64_t serial, order;
	struct instant at;
	struct sv node; /* in text */
	struct buf text;
	size_t count, end[AUDITD_RECORDS_MAX];
};

struct auditd_state {
	uint64_t order; /* of the group begun last */
	struct group group[AUDITD_GROUPS_MAX];
};

/* Types of which more than one record makes an event; all others stand alone. */
static bool has_company(struct sv type)
{
	static const struct sv names[] = {
		SV("SYSCALL"),	   SV("PATH"),		SV("CWD"),	   SV("EXECVE"),
		SV("SOCKADDR"),	   SV("SOCKETCALL"),	SV("PROCTITLE"),   SV("OBJ_PID"),
		SV("FD_PAIR"),	   SV("MMAP"),		SV("CAPSET"),	   SV("BPRM_FCAPS"),
		SV("TTY"),	   SV("SECCOMP"),	SV("EOE"),	   SV("LOGIN"),
		SV("KERN_MODULE"), SV("OPENAT2"),	SV("URINGOP"),	   SV("BPF"),
		SV("FANOTIFY"),	   SV("CONFIG_CHANGE"), SV("SELINUX_ERR"), SV("FEATURE_CHANGE"),
	};
	static const struct sv starts[] = {
		SV("AVC"),   SV("IPC"),	  SV("MQ_"),	    SV("MAC_"),	      SV("NETFILTER_"),
		SV("TIME_"), SV("ANOM_"), SV("INTEGRITY_"), SV("KERN_OTHER"), SV("APPARMOR"),
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (sv_eq(type, names[i]))
			return true;
	for (size_t i = 0; i < COUNT(starts); i++)
		if (sv_starts(type, starts[i]))
			return true;
	return false;
}

static void empty(struct group *group)
{
	buf_clear(&group->text);
	group->used = group->complete = group->given = false;
	group->count = 0;
}

static struct sv text_of_node(const struct group *group)
{
	struct sv line = sv_slice(buf_sv(&group->text), 0, group->end[0]);
	struct auditd_head head;

	return auditd_head(line, &head) ? head.node : SV_NONE;
}

/* The group of this id; one more, where there is none, but none for an end alone. */
static struct group *group_for(struct auditd_state *state, const struct auditd_head *head)
{
	struct group *chosen = NULL;

	for (size_t i = 0; i < AUDITD_GROUPS_MAX; i++) {
		struct group *group = &state->group[i];

		if (group->used && !group->complete && group->serial == head->serial &&
		    group->at.us == head->at.us && sv_eq(text_of_node(group), head->node))
			return group;
		if (!group->used && (!chosen || chosen->used))
			chosen = group;
		else if (group->used && (!chosen || (chosen->used && group->order < chosen->order)))
			chosen = group;
	}
	if (chosen->used || sv_eq(head->type, SV("EOE")))
		return NULL;
	if (!chosen->text.max)
		buf_init(&chosen->text, EVENT_BYTES_MAX);
	chosen->used = true;
	chosen->serial = head->serial;
	chosen->at = head->at;
	chosen->order = ++state->order;
	return chosen;
}

/* Those that began too long before now get no more records. */
static void close_old(struct auditd_state *state, struct instant now)
{
	size_t open = 0;
	struct group *oldest = NULL;

	for (size_t i = 0; i < AUDITD_GROUPS_MAX; i++) {
		struct group *group = &state->group[i];

		if (!group->used)
			continue;
		open++;
		if (now.us - group->at.us > AUDITD_WAIT_US)
			group->complete = true;
		if (!oldest || group->order < oldest->order)
			oldest = group;
	}
	/* Room for the next one. */
	if (open == AUDITD_GROUPS_MAX)
		oldest->complete = true;
}

static int take(void *p, struct event_decoder *decoder, struct sv line, struct event *ret,
		struct err *err)
{
	struct auditd_state *state = p;
	struct auditd_head head;
	struct group *group;

	if (plain_begin(decoder, &line, err) < 0)
		return -1;
	line = sv_trim(line);
	if (line.n == 0)
		return 0;
	if (!auditd_head(line, &head))
		return err_set(err, ERR_FORMAT, "no record of auditd");
	group = group_for(state, &head);
	if (!group) /* there is room for all else: close_old */
		return 0;
	if (group->count < AUDITD_RECORDS_MAX && line.n < EVENT_BYTES_MAX - group->text.n) {
		if (group->count > 0)
			buf_put_char(&group->text, '\n');
		buf_put_sv(&group->text, line);
		group->end[group->count++] = group->text.n;
	}
	group->complete = sv_eq(head.type, SV("EOE")) || sv_eq(head.type, SV("PROCTITLE")) ||
			  (group->count == 1 && !has_company(head.type));
	close_old(state, head.at);
	return 0;
}

static int give(struct group *group, struct event_decoder *decoder, struct event *ret,
		struct err *err)
{
	const struct sv text = buf_sv(&group->text);
	struct sv record[AUDITD_RECORDS_MAX];
	size_t from = 0;

	event_decoder_reset(decoder);
	for (size_t i = 0; i < group->count; i++) {
		record[i] = sv_slice(text, from, group->end[i]);
		from = group->end[i] + 1;
	}
	group->given = true;
	auditd_fields(decoder, record, group->count);
	return plain_finish(decoder, text, ret, err) < 0 ? -1 : 1;
}

static int rest(void *p, struct event_decoder *decoder, bool is_end, struct event *ret,
		struct err *err)
{
	struct auditd_state *state = p;
	struct group *first = NULL;

	for (size_t i = 0; i < AUDITD_GROUPS_MAX; i++) {
		struct group *group = &state->group[i];

		if (group->given)
			empty(group);
		if (group->used && (is_end || group->complete) &&
		    (!first || group->order < first->order))
			first = group;
	}
	return first ? give(first, decoder, ret, err) : 0;
}

static void done(void *p)
{
	struct auditd_state *state = p;

	for (size_t i = 0; i < AUDITD_GROUPS_MAX; i++)
		buf_done(&state->group[i].text);
}

static bool looks_like(struct sv start)
{
	struct auditd_head head;

	return auditd_head(sv_cut(&start, '\n'), &head);
}

const struct line_format auditd_format = {
	.format = EVENT_FORMAT_AUDITD,
	.state_bytes = sizeof(struct auditd_state),
	.looks_like = looks_like,
	.take = take,
	.rest = rest,
	.done = done,
};
