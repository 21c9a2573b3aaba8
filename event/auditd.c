#include "event/auditd.h"

#include <string.h>

#define COUNT(table) (sizeof table / sizeof *table)

bool auditd_head(struct sv line, struct auditd_head *ret)
{
	struct sv rest = line, id, seconds;
	size_t end;

	*ret = (struct auditd_head){ 0 };
	if (sv_starts(rest, SV("node="))) {
		rest = sv_slice(rest, 5, rest.n);
		ret->node = sv_cut(&rest, ' ');
	}
	if (!sv_starts(rest, SV("type=")))
		return false;
	rest = sv_slice(rest, 5, rest.n);
	ret->type = sv_cut(&rest, ' ');
	if (sv_starts(rest, SV("msg=")))
		rest = sv_slice(rest, 4, rest.n);
	if (ret->type.n == 0 || !sv_starts(rest, SV("audit(")))
		return false;
	end = sv_find_char(rest, ')', 0);
	if (end == SIZE_MAX || end < 7)
		return false;
	id = sv_slice(rest, 6, end);
	seconds = sv_cut(&id, ':');
	if (!plain_seconds(seconds, &ret->at) || !sv_to_u64(id, &ret->serial))
		return false;
	rest = sv_slice(rest, end + 1, rest.n);
	if (sv_starts(rest, SV(":")))
		rest = sv_slice(rest, 1, rest.n);
	ret->body = sv_trim(rest);
	if (plain_is_number(ret->type)) {
		const struct sv name = audit_type(ret->type);

		ret->type = name.n > 0 ? name : ret->type;
	} else if (sv_starts(ret->type, SV("UNKNOWN["))) {
		const struct sv name = audit_type(sv_slice(ret->type, 8, ret->type.n - 1));

		ret->type = name.n > 0 ? name : ret->type;
	}
	return true;
}

/* ---- values ---- */

/* Names of values that auditd writes in hexadecimal where they hold more than plain letters. */
static bool may_be_hex(struct sv type, struct sv name)
{
	static const struct sv names[] = {
		SV("name"),	 SV("exe"),	 SV("comm"), SV("cwd"),	      SV("cmd"),
		SV("proctitle"), SV("acct"),	 SV("dir"),  SV("path"),      SV("key"),
		SV("data"),	 SV("vm"),	 SV("file"), SV("ocomm"),     SV("watch"),
		SV("unit"),	 SV("apparmor"), SV("grp"),  SV("new-group"),
	};

	/* Arguments of execve; those of SYSCALL are numbers. */
	if (name.p[0] == 'a' && name.n > 1 && plain_is_digit(name.p[1]))
		return sv_eq(type, SV("EXECVE"));
	for (size_t i = 0; i < COUNT(names); i++)
		if (sv_eq(name, names[i]))
			return true;
	return false;
}

/*
 * Pairs of hexadecimal digits become bytes; NULs between arguments become
 * blanks, those at the end go. What is no hexadecimal stays.
 */
static struct sv from_hex(struct event_decoder *decoder, struct sv text)
{
	char *to, *raw;
	size_t n = text.n / 2, out = 0;

	if (text.n < 2 || text.n % 2 != 0)
		return text;
	for (size_t i = 0; i < text.n; i++)
		if (plain_hex(text.p[i]) < 0)
			return text;
	raw = scratch_room(decoder, 4 * n);
	if (!raw)
		return text;
	to = raw;
	raw += 3 * n; /* the bytes, behind room for what they may become */
	for (size_t i = 0; i < n; i++)
		raw[i] = (char)(plain_hex(text.p[2 * i]) << 4 | plain_hex(text.p[2 * i + 1]));
	while (n > 0 && raw[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < n;) {
		const size_t wide = raw[i] & 0x80 ? utf8_length(raw + i, raw + n) : 1;

		if (wide == 0) {
			out += utf8_put(0xfffd, to + out);
			i++;
			continue;
		}
		memmove(to + out, raw + i, wide);
		if (to[out] == '\0')
			to[out] = ' ';
		out += wide;
		i += wide;
	}
	return scratch_take(decoder, out);
}

struct pair {
	struct sv name, value;
	bool enriched; /* from the part that auditd adds for people */
};

static void one_field(struct event_decoder *decoder, struct sv type, struct sv name,
		      struct sv value, bool quoted)
{
	if (!quoted && (sv_eq(value, SV("(null)")) || sv_eq(value, SV("(none)"))))
		return;
	if (!quoted && may_be_hex(type, name))
		value = from_hex(decoder, value);
	plain_add(decoder, name, value);
}

/* op=… inside msg='…' of programs are fields like the others. */
static void record_fields(struct event_decoder *decoder, const struct auditd_head *head)
{
	struct sv rest = head->body, name, value;
	bool quoted;

	plain_add(decoder, SV("type"), head->type);
	while (plain_pair(&rest, &name, &value, &quoted)) {
		if (quoted && sv_eq(name, SV("msg"))) {
			struct sv inner = value;

			plain_add(decoder, SV("msg"), value);
			while (plain_pair(&inner, &name, &value, &quoted))
				one_field(decoder, head->type, name, value, quoted);
			continue;
		}
		one_field(decoder, head->type, name, value, quoted);
	}
}

/* ---- what the records say together ---- */

struct summary {
	struct sv syscall, success, exe, cwd, saddr, created, deleted, command, proctitle;
	bool has_execve;
	size_t first_argument, argument_count;
};

static struct sv field_of(const struct event_decoder *decoder, size_t from, struct sv name)
{
	for (size_t i = from; i < decoder->count; i++)
		if (sv_eq(decoder->field[i].name, name))
			return decoder->field[i].text;
	return SV_NONE;
}

/* Takes out the arguments of the system call, which are addresses where the command has its own. */
static void drop_pointers(struct event_decoder *decoder, size_t from, size_t to)
{
	size_t kept = from;

	for (size_t i = from; i < decoder->count; i++) {
		const struct sv name = decoder->field[i].name;

		if (i < to && name.n == 2 && name.p[0] == 'a' && name.p[1] >= '0' &&
		    name.p[1] <= '3')
			continue;
		decoder->field[kept++] = decoder->field[i];
	}
	decoder->count = kept;
}

static void path_record(struct event_decoder *decoder, size_t from, struct summary *summary)
{
	const struct sv kind = field_of(decoder, from, SV("nametype"));
	const struct sv name = field_of(decoder, from, SV("name"));

	if (sv_eq(kind, SV("CREATE")))
		summary->created = name;
	else if (sv_eq(kind, SV("DELETE")))
		summary->deleted = name;
}

/* a0 a1 a2 … in their order, with blanks. Long arguments come in parts: a1[0], a1[1]. */
static struct sv command_line(struct event_decoder *decoder, size_t from, size_t to)
{
	size_t n = 0, taken = 0;
	char *text;

	for (size_t i = from; i < to; i++)
		n += decoder->field[i].text.n + 1;
	text = scratch_room(decoder, n);
	if (!text)
		return SV_NONE;
	n = 0;
	for (size_t i = from; i < to && taken < AUDITD_ARGUMENTS_MAX; i++) {
		const struct event_field *field = &decoder->field[i];
		const bool is_argument = field->name.n > 1 && field->name.p[0] == 'a' &&
					 plain_is_digit(field->name.p[1]);
		const bool is_part = is_argument && sv_ends(field->name, SV("]")) &&
				     !sv_ends(field->name, SV("[0]"));

		if (!is_argument || sv_ends(field->name, SV("_len")))
			continue;
		if (n > 0 && !is_part)
			text[n++] = ' ';
		if (field->text.n > 0)
			memcpy(text + n, field->text.p, field->text.n);
		n += field->text.n;
		taken++;
	}
	return scratch_take(decoder, n);
}

static struct sv absolute(struct event_decoder *decoder, struct sv cwd, struct sv name)
{
	if (name.n == 0 || name.p[0] == '/' || cwd.n == 0)
		return name;
	return plain_join(decoder, cwd, sv_ends(cwd, SV("/")) ? SV_NONE : SV("/"), name);
}

static bool is_one_of(struct sv name, const struct sv *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(name, list[i]))
			return true;
	return false;
}

static void add_once(struct event_decoder *decoder, struct sv name, struct sv text)
{
	if (text.n > 0 && !plain_get(decoder, name).p)
		plain_add(decoder, name, text);
}

/* The names of people, which only enriched logs have: AUID="tanaka". */
static void process_fields(struct event_decoder *decoder, const struct summary *summary)
{
	add_once(decoder, SV("Image"), summary->exe);
	add_once(decoder, SV("CommandLine"),
		 summary->command.n > 0 ? summary->command : summary->proctitle);
	add_once(decoder, SV("CurrentDirectory"), summary->cwd);
	add_once(decoder, SV("ProcessId"), plain_get(decoder, SV("pid")));
	add_once(decoder, SV("ParentProcessId"), plain_get(decoder, SV("ppid")));
	add_once(decoder, SV("User"), plain_get(decoder, SV("UID")));
	add_once(decoder, SV("LogonId"), plain_get(decoder, SV("ses")));
}

static void categorise(struct event_decoder *decoder, const struct summary *summary)
{
	static const struct sv starts[] = { SV("execve"), SV("execveat") };
	struct event_envelope *envelope = &decoder->envelope;
	const bool failed = sv_eq(summary->success, SV("no"));

	envelope->product = SV("linux");
	envelope->service = SV("auditd");
	if (summary->exe.n == 0 && !summary->has_execve)
		return;
	if (failed) {
		/* Tried, not done: only the rules for auditd shall see it. */
	} else if (summary->has_execve || is_one_of(summary->syscall, starts, COUNT(starts))) {
		envelope->category = SV("process_creation");
	} else if (summary->created.n > 0) {
		envelope->category = SV("file_event");
		plain_add(decoder, SV("TargetFilename"),
			  absolute(decoder, summary->cwd, summary->created));
	} else if (summary->deleted.n > 0) {
		envelope->category = SV("file_delete");
		plain_add(decoder, SV("TargetFilename"),
			  absolute(decoder, summary->cwd, summary->deleted));
	} else if (sv_eq(summary->syscall, SV("connect")) &&
		   audit_address(decoder, summary->saddr)) {
		envelope->category = SV("network_connection");
		plain_add(decoder, SV("Initiated"), SV("true"));
	} else {
		return;
	}
	if (!failed)
		process_fields(decoder, summary);
}

static void add_record(struct event_decoder *decoder, const struct auditd_head *head,
		       struct summary *summary)
{
	const size_t from = decoder->count;

	record_fields(decoder, head);
	if (sv_eq(head->type, SV("SYSCALL"))) {
		summary->syscall = field_of(decoder, from, SV("SYSCALL"));
		if (summary->syscall.n == 0) {
			summary->syscall = audit_syscall(field_of(decoder, from, SV("arch")),
							 field_of(decoder, from, SV("syscall")));
			if (summary->syscall.n > 0)
				plain_add(decoder, SV("SYSCALL"), summary->syscall);
		}
		summary->success = field_of(decoder, from, SV("success"));
		summary->exe = field_of(decoder, from, SV("exe"));
		summary->first_argument = from;
		summary->argument_count = decoder->count;
	} else if (sv_eq(head->type, SV("EXECVE"))) {
		summary->has_execve = true;
		summary->command = command_line(decoder, from, decoder->count);
	} else if (sv_eq(head->type, SV("CWD"))) {
		summary->cwd = field_of(decoder, from, SV("cwd"));
	} else if (sv_eq(head->type, SV("PATH"))) {
		path_record(decoder, from, summary);
	} else if (sv_eq(head->type, SV("SOCKADDR"))) {
		summary->saddr = field_of(decoder, from, SV("saddr"));
	} else if (sv_eq(head->type, SV("PROCTITLE"))) {
		summary->proctitle = field_of(decoder, from, SV("proctitle"));
	}
}

void auditd_fields(struct event_decoder *decoder, const struct sv *record, size_t count)
{
	struct summary summary = { 0 };
	struct auditd_head head;

	for (size_t i = 0; i < count; i++) {
		if (!auditd_head(record[i], &head))
			continue;
		if (i == 0) {
			decoder->envelope.observed = head.at;
			plain_add(decoder, SV("audit_id"), plain_number(decoder, head.serial));
			if (head.node.n > 0)
				plain_add(decoder, SV("node"), head.node);
		}
		add_record(decoder, &head, &summary);
	}
	if (summary.has_execve && summary.argument_count > 0)
		drop_pointers(decoder, summary.first_argument, summary.argument_count);
	categorise(decoder, &summary);
}

bool auditd_message(struct event_decoder *decoder, struct sv message)
{
	struct auditd_head head;
	struct sv record = message;

	if (sv_starts(record, SV("audit: ")))
		record = sv_slice(record, 7, record.n);
	if (!auditd_head(record, &head))
		return false;
	auditd_fields(decoder, &record, 1);
	return true;
}
