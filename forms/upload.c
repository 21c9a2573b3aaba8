#include "forms/upload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "forms/kind.h"

/* ---- values and names ---- */

static struct sv digest_of(struct sv bytes, char hex[static 2 * SHA256_SIZE + 1])
{
	const struct sha256 digest = sha256_of(bytes);

	return sv_from(hex_encode(digest.byte, SHA256_SIZE, hex));
}

struct sv upload_value(const struct upload *upload, struct arena *arena)
{
	return arena_printf(arena, "%s %llu %.*s", upload->digest,
			    (unsigned long long)upload->bytes, SV_ARG(upload->name));
}

bool upload_parse(struct sv value, struct upload *ret)
{
	struct upload upload = { .type = FILE_TYPE_COUNT };
	uint8_t digest[SHA256_SIZE];
	const struct sv hex = sv_cut(&value, ' ');
	const struct sv bytes = sv_cut(&value, ' ');

	if (!hex_decode(hex, digest, sizeof digest) || !sv_to_u64(bytes, &upload.bytes) ||
	    upload.bytes > UPLOAD_BYTES_MAX || value.n == 0)
		return false;
	hex_encode(digest, sizeof digest, upload.digest);
	upload.name = value;
	*ret = upload;
	return true;
}

static int path_of(const struct uploads *uploads, const char *digest, char path[static PATH_MAX],
		   struct err *err)
{
	if (snprintf(path, PATH_MAX, "%s/%s", uploads->folder, digest) < PATH_MAX)
		return 0;
	return err_set(err, ERR_RANGE, "%s: the path is too long", uploads->folder);
}

/* Whole by its size: what has its name was synced before it got it. */
static bool lies_there(const char *path, uint64_t bytes)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == bytes;
}

/* ---- keeping ---- */

/* A name of its own where none was given. */
static struct sv name_of(const struct upload_wish *wish, enum file_type type, struct arena *arena)
{
	if (sv_trim(wish->name).n > 0)
		return arena_dup(arena, sv_trim(wish->name));
	return arena_printf(arena, "file%s", file_kind_extension(type));
}

static enum upload_problem look_at(const struct upload_wish *wish, enum file_type *ret)
{
	const uint32_t max = wish->bytes_max > 0 && wish->bytes_max < UPLOAD_BYTES_MAX
				     ? wish->bytes_max
				     : UPLOAD_BYTES_MAX;

	if (wish->content.n == 0)
		return UPLOAD_EMPTY;
	if (wish->content.n > max)
		return UPLOAD_TOO_LARGE;
	if (!file_kind(wish->content, ret) || (wish->types >> *ret & 1) == 0)
		return UPLOAD_WRONG_KIND;
	return UPLOAD_GOOD;
}

static enum upload_problem scan(const struct uploads *uploads, struct sv content,
				char found[static SCAN_NAME_MAX], struct err *err)
{
	enum scan_verdict verdict = SCAN_FOUND;

	if (!uploads->clamd)
		return UPLOAD_GOOD;
	if (scan_file(uploads->clamd, content, &verdict, found, err) != 0)
		return UPLOAD_NOT_SCANNED;
	return verdict == SCAN_CLEAN ? UPLOAD_GOOD : UPLOAD_INFECTED;
}

/* How much an owner holds beside this file. */
static int count_held(struct store *store, struct sv owner, const struct upload *upload,
		      uint64_t *ret_files, uint64_t *ret_bytes, struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT COUNT(*), COALESCE(SUM(upload.bytes), 0) FROM upload_held"
		" JOIN upload ON upload.digest = upload_held.digest WHERE owner = $1"
		" AND NOT (upload_held.digest = $2 AND name = $3)",
		STORE_TEXT(owner), STORE_TEXT(sv_from(upload->digest)), STORE_TEXT(upload->name));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1) {
		*ret_files = (uint64_t)store_int(query, 0);
		*ret_bytes = (uint64_t)store_int(query, 1);
	}
	store_done(query);
	return step == 1 ? 0 : -1;
}

static int hold(struct store *store, struct sv owner, const struct upload *upload,
		struct instant until, struct instant now, struct err *err)
{
	if (store_change(store, err,
			 "INSERT INTO upload (digest, bytes, type, kept_at) VALUES ($1, $2, $3, $4)"
			 " ON CONFLICT (digest) DO NOTHING",
			 STORE_TEXT(sv_from(upload->digest)), STORE_INT(upload->bytes),
			 STORE_TEXT(sv_from(file_type_name(upload->type))), STORE_INT(now.us)) != 0)
		return -1;
	return store_change(store, err,
			    "INSERT INTO upload_held (owner, digest, name, expires_at)"
			    " VALUES ($1, $2, $3, $4) ON CONFLICT (owner, digest, name)"
			    " DO UPDATE SET expires_at = MAX(expires_at, excluded.expires_at)",
			    STORE_TEXT(owner), STORE_TEXT(sv_from(upload->digest)),
			    STORE_TEXT(upload->name), STORE_INT(until.us));
}

/*
 * The file is there before the rows are. Where a sweep took it away in between,
 * it is written again: sweeps remove files within their transaction.
 */
static int record(struct store *store, const char *path, const struct upload_wish *wish,
		  const struct upload *upload, enum upload_problem *ret, struct err *err)
{
	const uint32_t seconds = wish->held_seconds > 0 ? wish->held_seconds : UPLOAD_HELD_SECONDS;
	const struct instant until = { wish->now.us + seconds * INSTANT_SECOND };
	char hex[2 * SHA256_SIZE + 1];
	const struct sv owner = digest_of(wish->owner, hex);
	uint64_t files, bytes;

	if (store_begin(store, err) != 0)
		return -1;
	if (count_held(store, owner, upload, &files, &bytes, err) != 0)
		goto failed;
	if (files >= UPLOAD_HELD_MAX || bytes + upload->bytes > UPLOAD_HELD_BYTES_MAX) {
		store_rollback(store);
		*ret = UPLOAD_TOO_MANY;
		return 0;
	}
	if (!lies_there(path, upload->bytes) && file_write(path, wish->content, 0600, err) != 0)
		goto failed;
	if (hold(store, owner, upload, until, wish->now, err) != 0 ||
	    store_commit(store, err) != 0)
		goto failed;
	*ret = UPLOAD_GOOD;
	return 0;
failed:
	store_rollback(store);
	return -1;
}

int upload_keep(struct store *store, const struct uploads *uploads, const struct upload_wish *wish,
		struct arena *arena, struct upload *ret, enum upload_problem *ret_problem,
		char found[static SCAN_NAME_MAX], struct err *err)
{
	struct upload upload = { .bytes = wish->content.n, .field = SV("") };
	enum upload_problem problem = look_at(wish, &upload.type);
	char path[PATH_MAX];

	if (problem == UPLOAD_GOOD)
		problem = scan(uploads, wish->content, found, err);
	if (problem == UPLOAD_GOOD) {
		digest_of(wish->content, upload.digest);
		upload.name = name_of(wish, upload.type, arena);
		if (!upload.name.p)
			return err_set(err, ERR_RANGE, "no memory for a file's name");
		if (path_of(uploads, upload.digest, path, err) != 0 ||
		    (!lies_there(path, upload.bytes) &&
		     file_write(path, wish->content, 0600, err) != 0) ||
		    record(store, path, wish, &upload, &problem, err) != 0)
			return err_wrap(err, "keeping a file");
	}
	*ret = upload;
	*ret_problem = problem;
	return 0;
}

/* ---- held ---- */

static int find_held(struct store *store, struct sv owner, const struct upload *upload,
		     struct instant now, struct err *err)
{
	char hex[2 * SHA256_SIZE + 1];
	struct store_query *query = store_ask(
		store, err,
		"SELECT 1 FROM upload_held JOIN upload ON upload.digest = upload_held.digest"
		" WHERE owner = $1 AND upload_held.digest = $2 AND name = $3 AND bytes = $4"
		" AND expires_at > $5",
		STORE_TEXT(digest_of(owner, hex)), STORE_TEXT(sv_from(upload->digest)),
		STORE_TEXT(upload->name), STORE_INT(upload->bytes), STORE_INT(now.us));
	const int step = query ? store_step(query, err) : -1;

	store_done(query);
	return step;
}

int upload_is_held(struct store *store, struct sv owner, struct sv value, struct instant now,
		   struct err *err)
{
	struct upload upload;

	return upload_parse(value, &upload) ? find_held(store, owner, &upload, now, err) : 0;
}

int upload_hold_until(struct store *store, struct sv owner, struct instant until, struct err *err)
{
	char hex[2 * SHA256_SIZE + 1];

	return store_change(store, err,
			    "UPDATE upload_held SET expires_at = $2 WHERE owner = $1"
			    " AND expires_at < $2",
			    STORE_TEXT(digest_of(owner, hex)), STORE_INT(until.us));
}

/* ---- used ---- */

static int count_used(struct store *store, const struct upload_user *user, uint64_t *ret,
		      struct err *err)
{
	struct store_query *query = store_ask(
		store, err, "SELECT COUNT(*) FROM upload_used WHERE kind = $1 AND object = $2",
		STORE_TEXT(sv_from(user->kind)), STORE_TEXT(user->id));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (uint64_t)store_int(query, 0);
	store_done(query);
	return step == 1 ? 0 : -1;
}

int upload_use(struct store *store, const struct uploads *uploads, struct sv owner,
	       struct sv value, const struct upload_user *user, struct instant now,
	       struct err *err)
{
	struct upload upload;
	char path[PATH_MAX];
	uint64_t used = 0;
	int held;

	if (!store_in_transaction(store))
		return err_set(err, ERR_INTERNAL, "a file is taken up outside of a transaction");
	if (!upload_parse(value, &upload))
		return 1;
	held = find_held(store, owner, &upload, now, err);
	if (held < 0 || count_used(store, user, &used, err) != 0 ||
	    path_of(uploads, upload.digest, path, err) != 0)
		return -1;
	if (held == 0 || !lies_there(path, upload.bytes))
		return 1;
	if (used >= UPLOAD_USED_MAX)
		return err_set(err, ERR_RANGE, "more than %d files", UPLOAD_USED_MAX);
	return store_change(store, err,
			    "INSERT INTO upload_used (kind, object, field, digest, name, at)"
			    " VALUES ($1, $2, $3, $4, $5, $6)",
			    STORE_TEXT(sv_from(user->kind)), STORE_TEXT(user->id),
			    STORE_TEXT(user->field), STORE_TEXT(sv_from(upload.digest)),
			    STORE_TEXT(upload.name), STORE_INT(user->at.us));
}

static enum file_type type_of(struct sv name)
{
	for (unsigned i = 0; i < FILE_TYPE_COUNT; i++)
		if (sv_eq(name, sv_from(file_type_name((enum file_type)i))))
			return (enum file_type)i;
	return FILE_PDF;
}

int upload_list(struct store *store, const char *kind, struct sv id, struct arena *arena,
		const struct upload **ret, size_t *ret_count, struct err *err)
{
	struct upload *upload = arena_zalloc(arena, UPLOAD_USED_MAX, sizeof *upload);
	struct store_query *query = store_ask(
		store, err,
		"SELECT upload_used.digest, bytes, type, name, field, at FROM upload_used"
		" JOIN upload ON upload.digest = upload_used.digest"
		" WHERE kind = $1 AND object = $2 ORDER BY number LIMIT $3",
		STORE_TEXT(sv_from(kind)), STORE_TEXT(id), STORE_INT(UPLOAD_USED_MAX));
	size_t n = 0;
	int step = query && upload ? 1 : -1;

	while (step > 0 && (step = store_step(query, err)) == 1) {
		snprintf(upload[n].digest, sizeof upload[n].digest, "%.*s",
			 SV_ARG(store_text(query, 0)));
		upload[n].bytes = (uint64_t)store_int(query, 1);
		upload[n].type = type_of(store_text(query, 2));
		upload[n].name = arena_dup(arena, store_text(query, 3));
		upload[n].field = arena_dup(arena, store_text(query, 4));
		upload[n++].at.us = store_int(query, 5);
	}
	store_done(query);
	if (step < 0)
		return -1;
	*ret = upload;
	*ret_count = n;
	return 0;
}

int upload_read(const struct uploads *uploads, const char *digest, struct buf *ret,
		struct err *err)
{
	const size_t before = ret->n;
	char path[PATH_MAX], hex[2 * SHA256_SIZE + 1];

	if (path_of(uploads, digest, path, err) != 0 || file_read(path, ret, err) != 0)
		return -1;
	digest_of(sv_slice(buf_sv(ret), before, ret->n), hex);
	if (strcmp(hex, digest) == 0)
		return 0;
	ret->n = before;
	return err_set(err, ERR_IO, "%s: its bytes have changed", path);
}

/* ---- sweeping ---- */

static int read_unused(struct store *store, char (*digest)[2 * SHA256_SIZE + 1], size_t *ret,
		       struct err *err)
{
	struct store_query *query = store_ask(
		store, err,
		"SELECT digest FROM upload WHERE NOT EXISTS (SELECT 1 FROM upload_held"
		" WHERE upload_held.digest = upload.digest) AND NOT EXISTS"
		" (SELECT 1 FROM upload_used WHERE upload_used.digest = upload.digest) LIMIT $1",
		STORE_INT(UPLOAD_SWEEP_MAX));
	size_t n = 0;
	int step = query ? 1 : -1;

	while (step > 0 && (step = store_step(query, err)) == 1)
		snprintf(digest[n++], sizeof *digest, "%.*s", SV_ARG(store_text(query, 0)));
	store_done(query);
	*ret = n;
	return step;
}

/* The file first: a row without its file is found by the next sweep, a file without its row is not. */
static int remove_one(struct store *store, const struct uploads *uploads, const char *digest,
		      struct err *err)
{
	char path[PATH_MAX];

	if (path_of(uploads, digest, path, err) != 0)
		return -1;
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(err, errno, "removing %s", path);
	return store_change(store, err, "DELETE FROM upload WHERE digest = $1",
			    STORE_TEXT(sv_from(digest)));
}

int upload_sweep(struct store *store, const struct uploads *uploads, struct instant now,
		 size_t *ret_removed, struct err *err)
{
	char digest[UPLOAD_SWEEP_MAX][2 * SHA256_SIZE + 1];
	size_t count = 0;
	int r = store_begin(store, err);

	if (r == 0)
		r = store_change(store, err, "DELETE FROM upload_held WHERE expires_at <= $1",
				 STORE_INT(now.us));
	if (r == 0)
		r = read_unused(store, digest, &count, err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = remove_one(store, uploads, digest[i], err);
	if (r == 0)
		r = store_commit(store, err);
	store_rollback(store);
	if (r == 0)
		*ret_removed = count;
	return r;
}
