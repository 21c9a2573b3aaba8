#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* Copies a text field where it is there; false where it does not fit. */
static bool copy_text(const struct event *event, struct sv name, char *ret, size_t room)
{
	const struct sv text = event_text(event, name);

	if (text.n >= room || (text.n > 0 && memchr(text.p, '\0', text.n)))
		return false;
	if (text.n > 0)
		memcpy(ret, text.p, text.n);
	ret[text.n] = '\0';
	return true;
}

static bool copy_bool(const struct event *event, struct sv name)
{
	return sv_eq(event_text(event, name), SV("true"));
}

static int read_state(const struct event *event, struct agent_state *ret, struct err *err)
{
	struct agent_state state = { 0 };

	if (!sv_to_u64(event_text(event, SV("last_order")), &state.last_order))
		return err_set(err, ERR_FORMAT, "last_order: missing or not a number");
	if (event_get(event, SV("pending_number")) &&
	    !sv_to_u64(event_text(event, SV("pending_number")), &state.pending_number))
		return err_set(err, ERR_FORMAT, "pending_number: not a number");
	if (!copy_text(event, SV("pending_id"), state.pending_id, sizeof state.pending_id) ||
	    !copy_text(event, SV("pending_kind"), state.pending_kind, sizeof state.pending_kind))
		return err_set(err, ERR_FORMAT, "pending_id, pending_kind: too long");
	if (event_get(event, SV("licence_off")) &&
	    (!instant_parse(event_text(event, SV("licence_off")), &state.licence_off) ||
	     state.licence_off.us <= 0))
		return err_set(err, ERR_FORMAT, "licence_off: no point in time");
	state.isolated = copy_bool(event, SV("isolated"));
	state.isolation_dns = copy_bool(event, SV("isolation_dns"));
	*ret = state;
	return 0;
}

/* Decodes one JSON object and lets read() take it. */
static int with_object(struct sv json, int (*read)(const struct event *, void *, struct err *),
		       void *ret, struct err *err)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event event;
	int result = -1;

	if (event_decode(decoder, sv_trim(json), &event, err) == 0)
		result = read(&event, ret, err);
	event_decoder_free(decoder);
	return result;
}

static int read_state_any(const struct event *event, void *ret, struct err *err)
{
	return read_state(event, ret, err);
}

int agent_state_parse(struct sv json, struct agent_state *ret, struct err *err)
{
	return with_object(json, read_state_any, ret, err);
}

void agent_state_print(const struct agent_state *state, struct buf *buf)
{
	char at[INSTANT_TEXT_MAX];

	buf_printf(buf, "{\"last_order\":%llu,\"isolated\":%s,\"isolation_dns\":%s",
		   (unsigned long long)state->last_order, state->isolated ? "true" : "false",
		   state->isolation_dns ? "true" : "false");
	if (state->licence_off.us > 0)
		buf_printf(buf, ",\"licence_off\":\"%s\"", instant_format(state->licence_off, at));
	if (state->pending_id[0]) {
		buf_printf(buf, ",\"pending_number\":%llu,\"pending_id\":",
			   (unsigned long long)state->pending_number);
		buf_put_json(buf, sv_from(state->pending_id));
		buf_put_sv(buf, SV(",\"pending_kind\":"));
		buf_put_json(buf, sv_from(state->pending_kind));
	}
	buf_put_sv(buf, SV("}\n"));
}

int agent_state_load(const char *path, struct agent_state *ret, struct err *err)
{
	char text[4096];
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0 && errno == ENOENT) {
		*ret = (struct agent_state){ 0 };
		return 0;
	}
	if (fd < 0)
		return err_errno(err, errno, "opening %s", path);
	n = read(fd, text, sizeof text);
	close(fd);
	if (n < 0)
		return err_errno(err, errno, "reading %s", path);
	if (agent_state_parse((struct sv){ text, (size_t)n }, ret, err) < 0)
		return err_wrap(err, "%s", path);
	return 0;
}

static int sync_folder_of(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? mem_dup_sv((struct sv){ path, (size_t)(slash - path) + 1 }) : mem_dup(".");
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || fsync(fd) < 0)
		result = err_errno(err, errno, "syncing %s", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return result;
}

int agent_state_save(const char *path, const struct agent_state *state, struct err *err)
{
	char next[4096];
	struct buf buf;
	int fd, result = -1;

	if (snprintf(next, sizeof next, "%s.new", path) >= (int)sizeof next)
		return err_set(err, ERR_RANGE, "%s: the path is too long", path);
	buf_init(&buf, 4096);
	agent_state_print(state, &buf);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		err_errno(err, errno, "opening %s", next);
		goto out;
	}
	if (write(fd, buf.p, buf.n) != (ssize_t)buf.n || fsync(fd) < 0) {
		err_errno(err, errno ? errno : EIO, "writing %s", next);
		close(fd);
		goto out;
	}
	close(fd);
	if (rename(next, path) < 0) {
		err_errno(err, errno, "renaming %s", next);
		goto out;
	}
	result = sync_folder_of(path, err);
out:
	buf_done(&buf);
	return result;
}

/* ---- identity ---- */

static int read_identity(const struct event *event, void *ret, struct err *err)
{
	struct agent_identity identity = { .device = "" };
	struct uuid device;

	if (!uuid_parse(event_text(event, SV("device")), &device) ||
	    !copy_text(event, SV("device"), identity.device, sizeof identity.device))
		return err_set(err, ERR_FORMAT, "device: missing or no UUID");
	if (!sv_starts(event_text(event, SV("devices_url")), SV("https://")) ||
	    !copy_text(event, SV("devices_url"), identity.devices_url, sizeof identity.devices_url) ||
	    !copy_text(event, SV("enrolled_url"), identity.enrolled_url, sizeof identity.enrolled_url))
		return err_set(err, ERR_FORMAT, "devices_url: missing, too long, or not https");
	if (!hex_decode(event_text(event, SV("check_key")), identity.check_key,
			sizeof identity.check_key))
		return err_set(err, ERR_FORMAT, "check_key: not 64 hexadecimal digits");
	*(struct agent_identity *)ret = identity;
	return 0;
}

int agent_identity_parse(struct sv json, struct agent_identity *ret, struct err *err)
{
	return with_object(json, read_identity, ret, err);
}

void agent_identity_print(const struct agent_identity *identity, struct buf *buf)
{
	char key[2 * sizeof identity->check_key + 1];

	buf_put_sv(buf, SV("{\"device\":"));
	buf_put_json(buf, sv_from(identity->device));
	buf_put_sv(buf, SV(",\"enrolled_url\":"));
	buf_put_json(buf, sv_from(identity->enrolled_url));
	buf_put_sv(buf, SV(",\"devices_url\":"));
	buf_put_json(buf, sv_from(identity->devices_url));
	buf_printf(buf, ",\"check_key\":\"%s\"}\n",
		   hex_encode(identity->check_key, sizeof identity->check_key, key));
}
