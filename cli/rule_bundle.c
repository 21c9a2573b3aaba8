/*
 * hikeshi rule bundle|verify: rules in one file that somebody signed (Ed25519).
 *
 *   HIKESHI-RULES 1\n
 *   {"name":…,"made":…,"ruleset":…,"rules":N,"files":[{"path":…,"bytes":N,"sha256":…},…]}\n
 *   the files, one behind another
 *   \nHIKESHI-SIGNATURE ed25519 KEY SIGNATURE\n
 *
 * KEY is the SHA-256 of the public key, SIGNATURE covers every byte before its
 * line; both are hexadecimal. Nothing is believed before the signature is good.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/rule_bundle.h"

#define BUNDLE_BYTES_MAX (128U << 20)
#define BUNDLE_FILES_MAX 50000
#define BUNDLE_PATH_MAX 512 /* bytes of a name inside */
#define KEY_BYTES 32
#define SIGNATURE_BYTES 64
#define KEY_FILE_MAX 16384

static const char first_line[] = "HIKESHI-RULES 1\n";
static const char last_words[] = "\nHIKESHI-SIGNATURE ed25519 ";

/* Behind last_words: key, blank, signature, end of the line. */
#define TRAILER_BYTES (sizeof last_words - 1 + 2 * SHA256_SIZE + 1 + 2 * SIGNATURE_BYTES + 1)

/* ---- keys ---- */

static EVP_PKEY *read_key(const char *path, bool is_private, struct err *err)
{
	char no_passphrase[] = ""; /* else OpenSSL asks the terminal for one */
	struct buf pem;
	BIO *bio;
	EVP_PKEY *key;

	buf_init(&pem, KEY_FILE_MAX);
	if (file_read(path, &pem, err) < 0) {
		buf_done(&pem);
		return NULL;
	}
	bio = BIO_new_mem_buf(pem.p ? pem.p : "", (int)pem.n);
	key = is_private ? PEM_read_bio_PrivateKey(bio, NULL, NULL, no_passphrase)
			 : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (pem.p)
		OPENSSL_cleanse(pem.p, pem.n);
	buf_done(&pem);
	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		return key;
	EVP_PKEY_free(key);
	err_set(err, ERR_FORMAT, "%s: %s", path,
		is_private ? _("no private Ed25519 key in PEM without a passphrase")
			   : _("no public Ed25519 key in PEM"));
	err_hint(err, "%s",
		 is_private ? "openssl genpkey -algorithm ed25519 -out key.pem"
			    : "openssl pkey -in key.pem -pubout -out public.pem");
	return NULL;
}

/* Whose key: the digest of the public one, in hexadecimal. */
static bool fingerprint(const EVP_PKEY *key, char text[static 2 * SHA256_SIZE + 1])
{
	unsigned char raw[KEY_BYTES];
	size_t n = sizeof raw;
	struct sha256 digest;

	if (EVP_PKEY_get_raw_public_key(key, raw, &n) != 1 || n != sizeof raw)
		return false;
	digest = sha256_of((struct sv){ (const char *)raw, n });
	hex_encode(digest.byte, SHA256_SIZE, text);
	return true;
}

static bool sign(EVP_PKEY *key, struct sv bytes, unsigned char signature[static SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = SIGNATURE_BYTES;
	const bool is_done = context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
			     EVP_DigestSign(context, signature, &n, (const unsigned char *)bytes.p,
					    bytes.n) == 1 &&
			     n == SIGNATURE_BYTES;

	EVP_MD_CTX_free(context);
	return is_done;
}

static bool is_signed(EVP_PKEY *key, struct sv bytes,
		      const unsigned char signature[static SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const bool is_good = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
			     EVP_DigestVerify(context, signature, SIGNATURE_BYTES,
					      (const unsigned char *)bytes.p, bytes.n) == 1;

	EVP_MD_CTX_free(context);
	return is_good;
}

/* Names that lie below where they are put, on every system. */
static bool is_safe_path(struct sv path)
{
	struct sv rest = path;

	if (path.n == 0 || path.n > BUNDLE_PATH_MAX ||
	    !(sv_ends(path, SV(".yml")) || sv_ends(path, SV(".yaml"))))
		return false;
	while (rest.n > 0) {
		const struct sv part = sv_cut(&rest, '/');

		if (part.n == 0 || part.p[0] == '.')
			return false;
		for (size_t i = 0; i < part.n; i++)
			if ((unsigned char)part.p[i] < 0x21 || strchr("\\:*?\"<>|\x7f", part.p[i]))
				return false;
	}
	return path.p[path.n - 1] != '/';
}

/* ---- making one ---- */

struct bundle {
	char *const *root; /* the paths of the call */
	struct buf list, content;
	char **path; /* inside */
	size_t count;
	int status;
};

/* The name inside: below the folder that was named, or the file's own. */
static struct sv name_inside(const struct bundle *bundle, const char *path)
{
	const struct sv whole = sv_from(path);
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; bundle->root[i]; i++) {
		struct sv root = sv_from(bundle->root[i]);

		while (root.n > 1 && root.p[root.n - 1] == '/')
			root.n--;
		if (sv_starts(whole, root) && whole.n > root.n + 1 && whole.p[root.n] == '/') {
			struct sv inside = sv_slice(whole, root.n, whole.n);

			while (inside.n > 0 && inside.p[0] == '/')
				inside = sv_slice(inside, 1, inside.n);
			return inside;
		}
	}
	return slash ? sv_from(slash + 1) : whole;
}

static void refuse(struct bundle *bundle, const char *path, const char *why)
{
	say("%s: %s", path, why);
	if (bundle->status == 0)
		bundle->status = err_exit_status(ERR_FORMAT);
}

static void put_file(void *context, const char *path)
{
	struct bundle *bundle = context;
	const struct sv name = name_inside(bundle, path);
	const size_t before = bundle->content.n;
	struct err err = ERR_INIT;
	char digest[2 * SHA256_SIZE + 1];
	struct sha256 sum;

	if (!is_safe_path(name)) {
		refuse(bundle, path, _("a name of this kind cannot stand in a bundle"));
		return;
	}
	for (size_t i = 0; i < bundle->count; i++)
		if (sv_eq(sv_from(bundle->path[i]), name)) {
			refuse(bundle, path, _("this name stands in the bundle already"));
			return;
		}
	if (bundle->count == BUNDLE_FILES_MAX) {
		refuse(bundle, path, _("too many files for a bundle"));
		return;
	}
	if (file_read(path, &bundle->content, &err) < 0) {
		bundle->status = rule_failed(&err);
		return;
	}
	bundle->path = mem_realloc(bundle->path, bundle->count + 1, sizeof *bundle->path);
	bundle->path[bundle->count++] = mem_dup_sv(name);
	sum = sha256_of(sv_slice(buf_sv(&bundle->content), before, bundle->content.n));
	buf_put_sv(&bundle->list, bundle->list.n ? SV(",{\"path\":") : SV("{\"path\":"));
	buf_put_json(&bundle->list, name);
	buf_printf(&bundle->list, ",\"bytes\":%zu,\"sha256\":\"%s\"}", bundle->content.n - before,
		   hex_encode(sum.byte, SHA256_SIZE, digest));
}

static int seal(struct bundle *bundle, const struct ruleset *ruleset, const char *name,
		EVP_PKEY *key, const char *to)
{
	unsigned char signature[SIGNATURE_BYTES];
	char text[2 * SIGNATURE_BYTES + 1], whose[2 * SHA256_SIZE + 1], when[INSTANT_TEXT_MAX];
	struct err err = ERR_INIT;
	struct buf whole;
	int status;

	buf_init(&whole, 2 * (size_t)BUNDLE_BYTES_MAX);
	buf_put_sv(&whole, sv_from(first_line));
	buf_put_sv(&whole, SV("{\"name\":"));
	buf_put_json(&whole, sv_from(name));
	buf_printf(&whole, ",\"made\":\"%s\",\"ruleset\":\"%.*s\",\"rules\":%zu,\"files\":[",
		   instant_format(clock_now(clock_real()), when), SV_ARG(ruleset_digest(ruleset)),
		   ruleset_count(ruleset));
	buf_put_sv(&whole, buf_sv(&bundle->list));
	buf_put_sv(&whole, SV("]}\n"));
	buf_put_sv(&whole, buf_sv(&bundle->content));
	if (!fingerprint(key, whose) || !sign(key, buf_sv(&whole), signature)) {
		status = err_set(&err, ERR_INTERNAL, "the bundle cannot be signed");
	} else {
		buf_printf(&whole, "%s%s %s\n", last_words, whose,
			   hex_encode(signature, sizeof signature, text));
		status = file_write(to, buf_sv(&whole), 0644, &err);
	}
	if (status == 0)
		print_line(_("%s: %zu rules in %zu files, signed with key %.16s…"), to,
			   ruleset_count(ruleset), bundle->count, whose);
	buf_done(&whole);
	return status == 0 ? 0 : command_failed(&err);
}

static int make_bundle(char *const *paths, size_t count, const char *name, EVP_PKEY *key,
		       const char *to)
{
	struct bundle bundle = { .root = paths };
	struct err err = ERR_INIT;
	struct ruleset *ruleset = ruleset_load(
		&(struct ruleset_options){
			.path = (const char *const *)paths,
			.path_count = count,
			.all_logsources = true,
		},
		&err);
	int status;

	if (!ruleset)
		return rule_failed(&err);
	buf_init(&bundle.list, BUNDLE_BYTES_MAX);
	buf_init(&bundle.content, BUNDLE_BYTES_MAX);
	if (rule_say_errors(ruleset)) {
		say("%s", _("rules that do not compile are not put into a bundle"));
		status = err_exit_status(ERR_FORMAT);
	} else if (ruleset_count(ruleset) == 0) {
		status = rule_none();
	} else {
		status = rule_walk(paths, put_file, &bundle);
		status = status ? status : bundle.status;
		status = status ? status : seal(&bundle, ruleset, name, key, to);
	}
	for (size_t i = 0; i < bundle.count; i++)
		free(bundle.path[i]);
	free(bundle.path);
	buf_done(&bundle.list);
	buf_done(&bundle.content);
	ruleset_unref(ruleset);
	return status;
}

int rule_bundle_run(const struct command *command, int argc, char **argv)
{
	const char *key_path = NULL, *to = NULL, *name = "";
	const struct option option[] = { { "--key", .value = &key_path },
					 { "--save", .value = &to },
					 { "--name", .value = &name } };
	struct err err = ERR_INIT;
	EVP_PKEY *key;
	int paths = 0, status = options_take(command, argc, argv, option, 3, &paths);

	if (status >= 0)
		return status;
	if (paths == 0)
		return command_misuse(command, "%s", _("which files or folders?"));
	if (!key_path || !to)
		return command_misuse(command, _("%s and %s are needed"), "--key", "--save");
	argv[1 + paths] = NULL;
	key = read_key(key_path, true, &err);
	if (!key)
		return command_failed(&err);
	status = make_bundle(&argv[1], (size_t)paths, name, key, to);
	EVP_PKEY_free(key);
	return status;
}

/* ---- reading one ---- */

static int bad_bundle(struct err *err, const char *why)
{
	return err_set(err, ERR_FORMAT, "%s", why);
}

/* Takes the signature off; what is left is what its owner signed. */
static int check_signature(struct sv *bundle, EVP_PKEY *key, struct err *err)
{
	unsigned char signature[SIGNATURE_BYTES];
	char whose[2 * SHA256_SIZE + 1];
	struct sv body, trailer;

	if (bundle->n < sizeof first_line - 1 + TRAILER_BYTES ||
	    !sv_starts(*bundle, sv_from(first_line)))
		return bad_bundle(err, _("this is no bundle of rules"));
	body = sv_slice(*bundle, 0, bundle->n - TRAILER_BYTES);
	trailer = sv_slice(*bundle, body.n, bundle->n);
	if (!sv_starts(trailer, sv_from(last_words)) || trailer.p[trailer.n - 1] != '\n')
		return bad_bundle(err, _("the bundle is cut, or was never signed"));
	trailer = sv_slice(trailer, sizeof last_words - 1, trailer.n - 1);
	if (!fingerprint(key, whose) ||
	    !sv_eq(sv_slice(trailer, 0, 2 * SHA256_SIZE), sv_from(whose)))
		return err_set(err, ERR_UNAUTHENTICATED, "%s",
			       _("somebody else signed it: not the owner of this key"));
	if (!hex_decode(sv_slice(trailer, 2 * SHA256_SIZE + 1, trailer.n), signature,
			sizeof signature) ||
	    !is_signed(key, body, signature))
		return err_set(err, ERR_UNAUTHENTICATED, "%s",
			       _("the signature is wrong: the bundle was changed"));
	*bundle = sv_slice(body, sizeof first_line - 1, body.n);
	return 0;
}

struct member {
	const char *path, *sha256;
	struct sv bytes;
};

/* The next file of the list, checked against its digest. */
static int take_member(const json_t *entry, struct sv *rest, struct member *ret, struct err *err)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	const char *sum = json_string_value(json_object_get(entry, "sha256"));
	const json_int_t bytes = json_integer_value(json_object_get(entry, "bytes"));
	char text[2 * SHA256_SIZE + 1];
	struct sha256 digest;

	if (!path || !sum || bytes < 0 || (uint64_t)bytes > rest->n || !is_safe_path(sv_from(path)))
		return bad_bundle(err, _("the bundle's list of files is wrong"));
	*ret = (struct member){ path, sum, sv_slice(*rest, 0, (size_t)bytes) };
	digest = sha256_of(ret->bytes);
	if (!sv_eq(sv_from(hex_encode(digest.byte, SHA256_SIZE, text)), sv_from(sum)))
		return err_set(err, ERR_FORMAT, "%s: %s", path, _("not what the list tells"));
	*rest = sv_slice(*rest, (size_t)bytes, rest->n);
	return 0;
}

static int extract(const char *folder, const struct ruleset_text *member, struct err *err)
{
	char path[PATH_MAX];
	char *slash;

	if (snprintf(path, sizeof path, "%s/%s", folder, member->name) >= (int)sizeof path)
		return err_set(err, ERR_TOO_LARGE, "%s: too long a name", member->name);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (file_make_folder(path, 0755, err) < 0)
		return -1;
	*slash = '/';
	return file_write(path, member->yaml, 0644, err);
}

/* Checks all and takes it apart: nothing is believed of what does not fit its signature. */
static int take_apart(struct rule_bundle *bundle, EVP_PKEY *key, struct err *err)
{
	struct sv rest = buf_sv(&bundle->bytes), head;
	const json_t *files;

	if (check_signature(&rest, key, err) < 0)
		return -1;
	head = sv_cut(&rest, '\n');
	bundle->head = json_loadb(head.p, head.n, JSON_REJECT_DUPLICATES, NULL);
	files = json_object_get(bundle->head, "files");
	if (!json_is_array(files) || json_array_size(files) > BUNDLE_FILES_MAX)
		return bad_bundle(err, _("the bundle's list of files is wrong"));
	bundle->text = mem_alloc((json_array_size(files) + 1) * sizeof *bundle->text);
	for (size_t i = 0; i < json_array_size(files); i++) {
		struct member member;

		if (take_member(json_array_get(files, i), &rest, &member, err) < 0)
			return -1;
		bundle->text[bundle->count++] = (struct ruleset_text){ member.path, member.bytes };
	}
	return rest.n == 0 ? 0 : bad_bundle(err, _("the bundle's list of files is wrong"));
}

void rule_bundle_close(struct rule_bundle *bundle)
{
	json_decref(bundle->head);
	free(bundle->text);
	buf_done(&bundle->bytes);
	*bundle = (struct rule_bundle){ 0 };
}

int rule_bundle_open(const char *path, const char *key_path, struct rule_bundle *ret,
		     struct err *err)
{
	EVP_PKEY *key = read_key(key_path, false, err);
	int status;

	*ret = (struct rule_bundle){ 0 };
	if (!key)
		return -1;
	buf_init(&ret->bytes, 2 * (size_t)BUNDLE_BYTES_MAX);
	status = file_read(path, &ret->bytes, err);
	if (status == 0 && take_apart(ret, key, err) < 0)
		status = err_wrap(err, "%s", path);
	EVP_PKEY_free(key);
	if (status < 0)
		rule_bundle_close(ret);
	return status;
}

bool rule_bundle_is(const char *path)
{
	char start[sizeof first_line - 1];
	FILE *file = fopen(path, "re");
	const bool is = file && fread(start, 1, sizeof start, file) == sizeof start &&
			memcmp(start, first_line, sizeof start) == 0;

	if (file)
		fclose(file);
	return is;
}

int rule_verify_run(const struct command *command, int argc, char **argv)
{
	const char *key_path = NULL, *folder = NULL;
	const struct option option[] = { { "--key", .value = &key_path },
					 { "--extract", .value = &folder } };
	struct rule_bundle bundle;
	struct err err = ERR_INIT;
	int paths = 0, status = options_take(command, argc, argv, option, 2, &paths);

	if (status >= 0)
		return status;
	if (paths != 1)
		return command_misuse(command, "%s", _("one bundle, please"));
	if (!key_path)
		return command_misuse(command, _("%s is needed"), "--key");
	status = rule_bundle_open(argv[1], key_path, &bundle, &err);
	for (size_t i = 0; folder && status == 0 && i < bundle.count; i++)
		status = extract(folder, &bundle.text[i], &err);
	if (status == 0)
		print_line(_("signed and whole: %s, %lld rules in %zu files, made %s"),
			   json_string_value(json_object_get(bundle.head, "name")),
			   (long long)json_integer_value(json_object_get(bundle.head, "rules")),
			   bundle.count, json_string_value(json_object_get(bundle.head, "made")));
	rule_bundle_close(&bundle);
	return status == 0 ? 0 : command_failed(&err);
}
