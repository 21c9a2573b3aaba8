/* enrol.c - makes a key, asks the centre for a certificate, writes down who we are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/linux/courier.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define TOKEN_FILE_MAX 256
#define ENROL_ARENA_MAX (256U << 10)

static int read_small(const char *path, size_t max, struct buf *buf, struct err *err)
{
	buf_init(buf, max);
	return file_read(path, buf, err);
}

static int read_token(const struct program_options *options, char ret[static WIRE_TOKEN_MAX + 1],
		      struct err *err)
{
	struct sv token = sv_from(options->token);
	struct buf buf;
	int result = 0;

	buf_init(&buf, TOKEN_FILE_MAX);
	if (options->token_file) {
		result = file_read(options->token_file, &buf, err);
		token = sv_trim(buf_sv(&buf));
	}
	if (result == 0 && (token.n == 0 || token.n > WIRE_TOKEN_MAX)) {
		result = err_set(err, ERR_USAGE, "no token, or one of over %d characters", WIRE_TOKEN_MAX);
		err_hint(err, "the console shows a token when a device is added: --token or --token-file");
	}
	if (result == 0) {
		memcpy(ret, token.p, token.n);
		ret[token.n] = '\0';
	}
	buf_done(&buf);
	return result;
}

/* From the text that stands beside the token ("AB:CD…" or plain), or of a CA's file. */
static int read_fingerprint(const struct program_options *options, struct sha256 *ret, struct err *err)
{
	char digits[2 * SHA256_SIZE];
	struct buf buf;
	size_t n = 0;
	int result;

	if (options->ca) {
		result = read_small(options->ca, WIRE_PEM_MAX, &buf, err);
		if (result == 0)
			result = wire_fingerprint(buf_sv(&buf), ret, err);
		buf_done(&buf);
		return result < 0 ? err_wrap(err, "%s", options->ca) : 0;
	}
	for (const char *p = options->fingerprint ? options->fingerprint : ""; *p; p++) {
		if (*p == ':' || *p == ' ')
			continue;
		if (n == sizeof digits)
			n = SIZE_MAX - 1;
		else
			digits[n++] = *p;
		if (n > sizeof digits)
			break;
	}
	if (n == sizeof digits && hex_decode((struct sv){ digits, n }, ret->byte, sizeof ret->byte))
		return 0;
	err_set(err, ERR_USAGE, "--fingerprint: not 64 hexadecimal digits");
	return err_hint(err, "copy it from where the token was shown, or give the authority's file with --ca");
}

/* ---- the folder ---- */

static int make_folders(const char *data, struct data_paths *paths, struct err *err)
{
	gid_t gid;
	uid_t uid;

	if (file_make_folder(data, 0700, err) < 0 || data_paths_make(data, paths, err) < 0 ||
	    file_make_folder(paths->courier, 0700, err) < 0)
		return -1;
	uid = courier_uid(&gid);
	if (uid && chown(paths->courier, uid, gid) < 0)
		return err_errno(err, errno, "giving %s to user %u", paths->courier, uid);
	return 0;
}

static int write_courier_file(const struct data_paths *paths, const char *name, struct sv content,
			      mode_t mode, struct err *err)
{
	char path[PATH_MAX + 32];
	gid_t gid;
	const uid_t uid = courier_uid(&gid);

	snprintf(path, sizeof path, "%s/%s", paths->courier, name);
	if (file_write(path, content, mode, err) < 0)
		return -1;
	if (uid && lchown(path, uid, gid) < 0)
		return err_errno(err, errno, "giving %s to user %u", path, uid);
	return 0;
}

/* The identity comes last: without it, nothing of this counts. */
static int write_down(const struct data_paths *paths, const char *url, struct sv key,
		      const struct courier_enrolment *enrolment, struct err *err)
{
	struct agent_identity identity = { .device = "" };
	struct buf buf;
	int result = -1;

	if (enrolment->device.n >= sizeof identity.device ||
	    enrolment->devices_url.n >= sizeof identity.devices_url ||
	    strlen(url) >= sizeof identity.enrolled_url)
		return err_set(err, ERR_FORMAT, "the centre's answer is too long");
	memcpy(identity.device, enrolment->device.p, enrolment->device.n);
	memcpy(identity.devices_url, enrolment->devices_url.p, enrolment->devices_url.n);
	memcpy(identity.enrolled_url, url, strlen(url));
	memcpy(identity.check_key, enrolment->check_key.byte, sizeof identity.check_key);
	buf_init(&buf, 8192);
	agent_identity_print(&identity, &buf);
	if (write_courier_file(paths, "key.pem", key, 0600, err) == 0 &&
	    write_courier_file(paths, "certificate.pem", enrolment->certificate_pem, 0644, err) == 0 &&
	    write_courier_file(paths, "ca.pem", enrolment->ca_pem, 0644, err) == 0)
		result = file_write(paths->identity, buf_sv(&buf), 0600, err);
	buf_done(&buf);
	return result;
}

static int ask(const struct program_options *options, const struct data_paths *paths, const char *token,
	       const struct sha256 *fingerprint, struct arena *arena, struct err *err)
{
	struct courier_enrolment enrolment;
	struct utsname system;
	char platform[400];
	struct sv key, csr;

	if (uname(&system) < 0)
		return err_errno(err, errno, "asking for the host's name");
	snprintf(platform, sizeof platform, "linux %s %s", system.machine, system.release);
	if (wire_make_request(sv_from(system.nodename), arena, &key, &csr, err) < 0 ||
	    courier_enrol(options->url, fingerprint, sv_from(token), csr, sv_from(system.nodename),
			  sv_from(platform), arena, &enrolment, err) < 0)
		return -1;
	if (write_down(paths, options->url, key, &enrolment, err) < 0)
		return -1;
	printf(_("This host is enrolled as device %.*s.\n"), SV_ARG(enrolment.device));
	return 0;
}

int enrol_run(const struct program_options *options, struct err *err)
{
	struct agent_identity known;
	char token[WIRE_TOKEN_MAX + 1];
	struct sha256 fingerprint;
	struct data_paths paths;
	struct arena *arena;
	int lock = -1, result;
	pid_t pid;

	if (!options->url) {
		err_set(err, ERR_USAGE, "--url is missing");
		return err_hint(err, "the address of the people's port: https://host:port");
	}
	umask(077);
	if (make_folders(options->data, &paths, err) < 0)
		return -1;
	if (access(paths.identity, F_OK) == 0 && data_identity_load(&paths, &known, err) == 0) {
		if (sv_eq(sv_from(known.enrolled_url), sv_from(options->url))) {
			printf(_("This host is enrolled already, as device %s.\n"), known.device);
			return 0;
		}
		err_set(err, ERR_CONFLICT, "%s: enrolled at another centre, %s", paths.folder,
			known.enrolled_url);
		return err_hint(err, "remove it first: hikeshi-agent uninstall --data %s", options->data);
	}
	if (read_token(options, token, err) < 0 || read_fingerprint(options, &fingerprint, err) < 0 ||
	    data_lock(&paths, &lock, &pid, err) < 0)
		return -1;
	arena = arena_new(ENROL_ARENA_MAX);
	result = ask(options, &paths, token, &fingerprint, arena, err);
	arena_free(arena);
	explicit_bzero(token, sizeof token);
	close(lock);
	return result;
}
