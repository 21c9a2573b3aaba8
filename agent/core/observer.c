#include "agent/agent.h"

#include <arpa/inet.h>
#include <assert.h>

#include "base/buf.h"
#include "base/mem.h"

struct observer {
	struct observer_options options;
	struct process_table *table;
	struct event_builder *builder;
	struct buf buf;
	struct observer_statistics statistics;
};

struct observer *observer_new(const struct observer_options *options)
{
	struct observer *observer = mem_zalloc(sizeof *observer);

	observer->options = *options;
	observer->table = process_table_new(options->processes_max);
	observer->builder = event_builder_new();
	buf_init(&observer->buf, EVENT_BYTES_MAX);
	return observer;
}

void observer_free(struct observer *observer)
{
	if (!observer)
		return;
	process_table_free(observer->table);
	event_builder_free(observer->builder);
	buf_done(&observer->buf);
	free(observer);
}

struct process_table *observer_table(struct observer *observer)
{
	return observer->table;
}

struct observer_statistics observer_statistics(const struct observer *observer)
{
	return observer->statistics;
}

/* ---- fields ---- */

static void put(struct observer *observer, struct sv name, struct sv text)
{
	if (text.p)
		event_builder_text(observer->builder, name, text);
}

static void put_user(struct observer *observer, struct sv name, uint32_t uid)
{
	char number[16];
	struct sv user = observer->options.user ? observer->options.user(observer->options.context, uid)
						: SV_NONE;

	if (!user.p) {
		snprintf(number, sizeof number, "%u", uid);
		user = sv_from(number);
	}
	event_builder_text(observer->builder, name, user);
}

static void put_guid(struct observer *observer, struct sv name, struct process_key key)
{
	char text[GUID_TEXT_MAX];

	if (key.pid)
		event_builder_text(observer->builder, name,
				   sv_from(guid_format(&observer->options.boot, key, text)));
}

static bool same_key(struct process_key a, struct process_key b)
{
	return a.pid == b.pid && a.start == b.start;
}

/* The nearest ancestor that was told as an event. */
static struct process_key told_parent(const struct observer *observer, const struct process *process)
{
	const struct process *parent;

	if (!same_key(process->announced, process->key))
		return process->announced;
	parent = process_parent(observer->table, process);
	return parent ? parent->announced : process->parent;
}

static void begin(struct observer *observer, struct instant at, struct sv category,
		  char id[static UUID_TEXT_MAX])
{
	struct event_envelope *envelope;

	event_builder_clear(observer->builder);
	envelope = event_builder_envelope(observer->builder);
	envelope->id = sv_from(uuid_format(uuid_v7(at), id));
	envelope->observed = at;
	envelope->product = SV("linux");
	envelope->category = category;
}

/* Who did it, for all events but the start of a program. */
static void put_actor(struct observer *observer, const struct process *process,
		      const struct sighting *sighting)
{
	struct event_builder *builder = observer->builder;

	if (!process) {
		if (sighting->process.key.pid)
			event_builder_number(builder, SV("ProcessId"), sighting->process.key.pid);
		return;
	}
	put(observer, SV("Image"), process_text(process->image));
	put_user(observer, SV("User"), process->uid);
	event_builder_number(builder, SV("ProcessId"), process->key.pid);
	put_guid(observer, SV("ProcessGuid"), process->key);
	put_guid(observer, SV("ParentProcessGuid"), told_parent(observer, process));
}

/* Encodes what was built and puts it out. False: the line is too long for a message. */
static bool put_out(struct observer *observer, const struct sighting *sighting)
{
	const struct event event = event_builder_event(observer->builder);
	struct outbox_item item = { .image_fd = -1 };
	struct sha256 hash;

	buf_clear(&observer->buf);
	if (event_encode(&event, &observer->buf, NULL) < 0 || observer->buf.n > OUTBOX_LINE_MAX)
		return false;
	item.line = mem_dup_sv(buf_sv(&observer->buf));
	item.n = observer->buf.n;
	if (sighting->kind == SIGHTING_EXEC && observer->options.image &&
	    observer->options.image(observer->options.context, sighting, &item.image, &item.image_fd)) {
		item.is_exec = true;
		if (item.image_fd < 0 &&
		    image_cache_get(observer->options.images, &item.image, &hash))
			item.line = image_add_hash(item.line, &item.n, &hash);
	}
	observer->statistics.events++;
	outbox_put(observer->options.outbox, &item, false);
	return true;
}

/* ---- events ---- */

struct sv standard_input_name(uint32_t mode, uint32_t major, uint32_t minor)
{
	switch (mode & 0170000) {
	case 0010000:
		return SV("pipe");
	case 0140000:
		return SV("socket");
	case 0100000:
		return SV("file");
	case 0020000:
		break;
	default:
		return SV_NONE;
	}
	if (major == 1 && minor == 3)
		return SV("null");
	/* Consoles, /dev/tty, pseudo-terminals. */
	return major == 4 || major == 5 || (major >= 136 && major <= 143) ? SV("tty") : SV("device");
}

static void build_exec(struct observer *observer, const struct sighting *sighting,
		       const struct process *process, size_t command_line_max)
{
	struct event_builder *builder = observer->builder;
	const struct process *parent = process_parent(observer->table, process);
	const struct sv whole = sighting->process.command_line;
	const struct sv command_line = sv_slice(whole, 0, command_line_max);
	char started[INSTANT_TEXT_MAX];

	put(observer, SV("Image"), sighting->process.image);
	put(observer, SV("CommandLine"), whole.p ? command_line : SV_NONE);
	if (sighting->command_line_true > command_line.n)
		event_builder_number(builder, SV("CommandLineLength"),
				     (int64_t)sighting->command_line_true);
	put(observer, SV("CurrentDirectory"), sighting->process.directory);
	put(observer, SV("StandardInput"), sighting->standard_input);
	if (sighting->started.us > 0)
		put(observer, SV("ProcessStarted"), sv_from(instant_format(sighting->started, started)));
	put_user(observer, SV("User"), process->uid);
	if (process->effective_uid != process->uid)
		put_user(observer, SV("EffectiveUser"), process->effective_uid);
	if (process->session != UINT32_MAX)
		event_builder_number(builder, SV("LogonId"), process->session);
	event_builder_number(builder, SV("ProcessId"), process->key.pid);
	put_guid(observer, SV("ProcessGuid"), process->key);
	if (process->parent.pid == 0)
		return;
	event_builder_number(builder, SV("ParentProcessId"), process->parent.pid);
	put_guid(observer, SV("ParentProcessGuid"), told_parent(observer, process));
	if (!parent)
		return;
	put(observer, SV("ParentImage"), process_text(parent->image));
	put(observer, SV("ParentCommandLine"), process_text(parent->command_line));
	put_user(observer, SV("ParentUser"), parent->uid);
}

static void see_exec(struct observer *observer, const struct sighting *sighting)
{
	const struct process *process;
	size_t max = sighting->process.command_line.n;
	char id[UUID_TEXT_MAX];

	process = process_exec(observer->table, &sighting->process);
	if (!process || process->own)
		return;
	observer->statistics.incomplete += !sighting->process.image.p || !sighting->process.command_line.p;
	do {
		begin(observer, sighting->at, SV("process_creation"), id);
		build_exec(observer, sighting, process, max);
		if (put_out(observer, sighting))
			return;
		max /= 2;
	} while (max > 0);
}

static void see_exit(struct observer *observer, const struct sighting *sighting)
{
	const struct process *process = process_find(observer->table, sighting->process.key);
	char id[UUID_TEXT_MAX];

	if (process && !process->own && !process->exited &&
	    same_key(process->announced, process->key)) {
		begin(observer, sighting->at, SV("process_termination"), id);
		put_actor(observer, process, sighting);
		if (sighting->wait_status & 127)
			event_builder_number(observer->builder, SV("ExitSignal"),
					     sighting->wait_status & 127);
		else
			event_builder_number(observer->builder, SV("ExitCode"),
					     sighting->wait_status >> 8 & 255);
		put_out(observer, sighting);
	}
	process_exit(observer->table, sighting->process.key);
}

static void put_address(struct observer *observer, struct sv name, bool ipv6, const uint8_t *address)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(ipv6 ? AF_INET6 : AF_INET, address, text, sizeof text))
		event_builder_text(observer->builder, name, sv_from(text));
}

/* An IPv4 address within IPv6 is shown as what it is. */
static bool is_mapped(const uint8_t address[static 16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(address, prefix, sizeof prefix) == 0;
}

static void see_connect(struct observer *observer, const struct sighting *sighting,
			const struct process *process)
{
	struct event_builder *builder = observer->builder;
	const bool mapped = sighting->ipv6 && is_mapped(sighting->remote);
	const bool ipv6 = sighting->ipv6 && !mapped;
	const size_t skip = mapped ? 12 : 0;
	static const uint8_t any[16];
	char id[UUID_TEXT_MAX];

	begin(observer, sighting->at, SV("network_connection"), id);
	put_actor(observer, process, sighting);
	event_builder_text(builder, SV("Protocol"), sighting->udp ? SV("udp") : SV("tcp"));
	event_builder_text(builder, SV("Initiated"), SV("true"));
	if (memcmp(sighting->local + skip, any, ipv6 ? 16 : 4) != 0)
		put_address(observer, SV("SourceIp"), ipv6, sighting->local + skip);
	if (sighting->local_port)
		event_builder_number(builder, SV("SourcePort"), sighting->local_port);
	put_address(observer, SV("DestinationIp"), ipv6, sighting->remote + skip);
	event_builder_number(builder, SV("DestinationPort"), sighting->remote_port);
	event_builder_text(builder, SV("DestinationIsIpv6"), ipv6 ? SV("true") : SV("false"));
	put_out(observer, sighting);
}

/* ---- files ---- */

static const struct {
	struct sv name;
	bool log; /* told of logs too */
} operation[] = {
	[FILE_CREATED] = { { "created", 7 }, false },
	[FILE_WRITTEN] = { { "written", 7 }, false },
	[FILE_TRUNCATED] = { { "truncated", 9 }, true },
	[FILE_RENAMED] = { { "renamed", 7 }, true },
	[FILE_LINKED] = { { "linked", 6 }, true },
	[FILE_DELETED] = { { "deleted", 7 }, true },
	[FILE_EXECUTABLE] = { { "executable", 10 }, false },
};
static_assert(sizeof operation / sizeof *operation == FILE_OPERATION_COUNT, "every operation has a name");

struct file_event {
	struct sv category, target, source, operation;
};

/* Which event a file operation is; false: none. */
static bool file_event_of(const struct sighting *sighting, struct file_event *ret)
{
	const enum file_operation what = sighting->operation;
	const enum place_kind place = place_of(sighting->path);
	const enum place_kind source = place_of(sighting->source);
	const bool log = place == PLACE_LOG || place == PLACE_HISTORY;

	*ret = (struct file_event){ SV("file_event"), sighting->path, sighting->source,
				    operation[what].name };
	if (what == FILE_DELETED)
		ret->category = SV("file_delete");
	else if (what == FILE_TRUNCATED && log)
		ret->category = SV("file_change");
	if (what == FILE_RENAMED && source != PLACE_NONE && source != PLACE_PROGRAM &&
	    (place == PLACE_NONE || place == PLACE_PROGRAM)) {
		*ret = (struct file_event){ SV("file_delete"), sighting->source, SV_NONE, SV("renamed") };
		return true;
	}
	switch (place) {
	case PLACE_PERSISTENCE:
		return true;
	case PLACE_LOG:
		return what == FILE_LINKED ? sv_eq(sighting->source, SV("/dev/null"))
					   : operation[what].log;
	case PLACE_HISTORY:
		return operation[what].log;
	case PLACE_PROGRAM:
		return what == FILE_EXECUTABLE;
	case PLACE_NONE:
		break;
	}
	return false;
}

static void see_file(struct observer *observer, const struct sighting *sighting,
		     const struct process *process)
{
	struct file_event event;
	char id[UUID_TEXT_MAX];

	if (!file_event_of(sighting, &event))
		return;
	begin(observer, sighting->at, event.category, id);
	event_builder_text(observer->builder, SV("TargetFilename"), event.target);
	event_builder_text(observer->builder, SV("Operation"), event.operation);
	if (event.source.n > 0)
		event_builder_text(observer->builder, SV("SourceFilename"), event.source);
	put_actor(observer, process, sighting);
	put_out(observer, sighting);
}

/* Who acts; one that is not known is read from the system where that can be done. */
static const struct process *actor_of(struct observer *observer, const struct sighting *sighting)
{
	const struct process *process = process_find(observer->table, sighting->process.key);
	struct process_facts facts;

	if (process || !sighting->process.key.pid || !observer->options.look ||
	    !observer->options.look(observer->options.context, sighting->process.key, &facts))
		return process;
	return process_prime(observer->table, &facts);
}

void observer_see(struct observer *observer, const struct sighting *sighting)
{
	const struct process *process;

	switch (sighting->kind) {
	case SIGHTING_FORK:
		process_fork(observer->table, &sighting->process);
		return;
	case SIGHTING_EXEC:
		see_exec(observer, sighting);
		return;
	case SIGHTING_EXIT:
		see_exit(observer, sighting);
		return;
	case SIGHTING_CONNECT:
	case SIGHTING_FILE:
		process = actor_of(observer, sighting);
		if (process && process->own)
			return;
		if (sighting->kind == SIGHTING_FILE)
			see_file(observer, sighting, process);
		else
			see_connect(observer, sighting, process);
		return;
	}
}
