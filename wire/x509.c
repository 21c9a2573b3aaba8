#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <stdio.h>

#include "base/mem.h"
#include "wire/wire.h"

#define CURVE "P-256"
#define SERIAL_SIZE 16

/* The last reason in OpenSSL's queue, which is emptied. */
static int crypto_error(struct err *err, enum err_code code, const char *what)
{
	const unsigned long number = ERR_peek_last_error();
	char reason[160] = "no reason given";

	if (number != 0)
		ERR_error_string_n(number, reason, sizeof reason);
	ERR_clear_error();
	return err_set(err, code, "%s: %s", what, reason);
}

/* Encrypted PEM: never ask a terminal for a pass phrase. */
static int no_pass_phrase(char *text, int n, int writing, void *context)
{
	return -1;
}

static BIO *bio_of(struct sv pem)
{
	BIO *bio = BIO_new_mem_buf(pem.n ? pem.p : "", (int)pem.n);

	if (bio == NULL)
		abort(); /* out of memory */
	return bio;
}

static bool pem_fits(struct sv pem)
{
	return pem.n > 0 && pem.n <= WIRE_PEM_MAX;
}

static struct sv bio_text(BIO *bio, struct arena *arena)
{
	char *p;
	const long n = BIO_get_mem_data(bio, &p);

	return arena_dup(arena, (struct sv){ p, n > 0 ? (size_t)n : 0 });
}

static BIO *bio_new(void)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio == NULL)
		abort();
	return bio;
}

static int write_key(EVP_PKEY *key, struct arena *arena, struct sv *ret, struct err *err)
{
	BIO *bio = bio_new();
	int r = -1;

	if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		crypto_error(err, ERR_INTERNAL, "writing a key");
	else if ((*ret = bio_text(bio, arena)).p == NULL)
		err_set(err, ERR_TOO_LARGE, "no room for a key");
	else
		r = 0;
	BIO_free(bio);
	return r;
}

static int write_certificate(X509 *certificate, struct arena *arena, struct sv *ret,
			     struct err *err)
{
	BIO *bio = bio_new();
	int r = -1;

	if (PEM_write_bio_X509(bio, certificate) != 1)
		crypto_error(err, ERR_INTERNAL, "writing a certificate");
	else if ((*ret = bio_text(bio, arena)).p == NULL)
		err_set(err, ERR_TOO_LARGE, "no room for a certificate");
	else
		r = 0;
	BIO_free(bio);
	return r;
}

static X509 *read_certificate(struct sv pem, struct err *err)
{
	X509 *certificate = NULL;
	BIO *bio;

	if (!pem_fits(pem))
		return err_null(err, ERR_FORMAT, "certificate: 1 to %d bytes of PEM", WIRE_PEM_MAX);
	bio = bio_of(pem);
	certificate = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL);
	BIO_free(bio);
	if (certificate == NULL)
		crypto_error(err, ERR_FORMAT, "certificate");
	return certificate;
}

static EVP_PKEY *read_key(struct sv pem, struct err *err)
{
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (!pem_fits(pem))
		return err_null(err, ERR_FORMAT, "private key: 1 to %d bytes of PEM", WIRE_PEM_MAX);
	bio = bio_of(pem);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
	BIO_free(bio);
	if (key == NULL)
		crypto_error(err, ERR_FORMAT, "private key");
	return key;
}

static int set_name(X509_NAME *name, struct sv common_name, struct err *err)
{
	if (common_name.n == 0 || common_name.n > WIRE_NAME_MAX || !sv_is_utf8(common_name))
		return err_set(err, ERR_RANGE, "common name: 1 to %d bytes of UTF-8",
			       WIRE_NAME_MAX);
	if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
				       (const unsigned char *)common_name.p, (int)common_name.n,
				       -1, 0) != 1)
		return crypto_error(err, ERR_FORMAT, "common name");
	return 0;
}

int wire_make_request(struct sv name, struct arena *arena, struct sv *ret_key_pem,
		      struct sv *ret_csr_pem, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen(CURVE);
	X509_REQ *request = X509_REQ_new();
	BIO *bio = bio_new();
	struct sv key_pem, csr_pem;
	int r = -1;

	if (key == NULL || request == NULL) {
		crypto_error(err, ERR_INTERNAL, "making a key");
		goto out;
	}
	if (set_name(X509_REQ_get_subject_name(request), name, err) != 0)
		goto out;
	if (X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(request, key) != 1 ||
	    X509_REQ_sign(request, key, EVP_sha256()) <= 0 ||
	    PEM_write_bio_X509_REQ(bio, request) != 1) {
		crypto_error(err, ERR_INTERNAL, "making a certificate request");
		goto out;
	}
	csr_pem = bio_text(bio, arena);
	if (csr_pem.p == NULL) {
		err_set(err, ERR_TOO_LARGE, "no room for a certificate request");
		goto out;
	}
	if (write_key(key, arena, &key_pem, err) != 0)
		goto out;
	*ret_key_pem = key_pem;
	*ret_csr_pem = csr_pem;
	r = 0;
out:
	BIO_free(bio);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	return r;
}

/* 128 random bits, positive, never zero. */
static int set_serial(X509 *certificate, struct err *err)
{
	uint8_t byte[SERIAL_SIZE];
	BIGNUM *number;
	int r = -1;

	random_bytes(byte, sizeof byte);
	byte[0] = (byte[0] & 0x7f) | 0x40;
	number = BN_bin2bn(byte, sizeof byte, NULL);
	if (number != NULL &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL)
		r = 0;
	else
		crypto_error(err, ERR_INTERNAL, "serial number");
	BN_free(number);
	return r;
}

static int set_validity(X509 *certificate, struct instant from, struct instant to,
			struct err *err)
{
	if (instant_cmp(from, to) >= 0)
		return err_set(err, ERR_RANGE, "certificate would end before it begins");
	if (ASN1_TIME_set(X509_getm_notBefore(certificate), from.us / INSTANT_SECOND) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(certificate), to.us / INSTANT_SECOND) == NULL)
		return crypto_error(err, ERR_INTERNAL, "validity");
	return 0;
}

struct extension {
	int nid;
	const char *value;
};

static const struct extension authority_extension[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
};
static const struct extension server_extension[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
};
static const struct extension device_extension[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "clientAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

static int add_extensions(X509 *certificate, X509 *issuer, const struct extension *row,
			  size_t count, struct err *err)
{
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	for (size_t i = 0; i < count; i++) {
		X509_EXTENSION *extension =
			X509V3_EXT_conf_nid(NULL, &context, row[i].nid, row[i].value);
		const int ok = extension && X509_add_ext(certificate, extension, -1);

		X509_EXTENSION_free(extension);
		if (!ok)
			return crypto_error(err, ERR_INTERNAL, "certificate extension");
	}
	return 0;
}

/* One alternative name: an IP address where it reads as one, else DNS. */
static GENERAL_NAME *general_name(struct sv text)
{
	char copy[256];
	uint8_t address[16];
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value = ASN1_STRING_type_new(V_ASN1_IA5STRING);
	int kind = GEN_DNS, n = 0;

	if (name == NULL || value == NULL)
		abort(); /* out of memory */
	snprintf(copy, sizeof copy, "%.*s", SV_ARG(text));
	if (inet_pton(AF_INET, copy, address) == 1)
		n = 4;
	else if (inet_pton(AF_INET6, copy, address) == 1)
		n = 16;
	if (n > 0) {
		kind = GEN_IPADD;
		value->type = V_ASN1_OCTET_STRING;
		if (ASN1_STRING_set(value, address, n) != 1)
			abort();
	} else if (ASN1_STRING_set(value, text.p, (int)text.n) != 1) {
		abort();
	}
	GENERAL_NAME_set0_value(name, kind, value);
	return name;
}

static bool host_name_like(struct sv text)
{
	if (text.n == 0 || text.n > 253)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '.' || c == ':'))
			return false;
	}
	return true;
}

static int add_names(X509 *certificate, const struct sv *name, size_t count, struct err *err)
{
	GENERAL_NAMES *names;
	int ok;

	if (count > WIRE_NAMES_MAX)
		return err_set(err, ERR_RANGE, "%zu names in one certificate, at most %d", count,
			       WIRE_NAMES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!host_name_like(name[i]))
			return err_set(err, ERR_RANGE, "not a host name or address: %.*s",
				       SV_ARG(name[i]));
	}
	if (count == 0)
		return 0;
	names = sk_GENERAL_NAME_new_null();
	if (names == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		sk_GENERAL_NAME_push(names, general_name(name[i]));
	ok = X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
	GENERAL_NAMES_free(names);
	return ok == 1 ? 0 : crypto_error(err, ERR_INTERNAL, "alternative names");
}

int wire_make_authority(struct sv name, struct instant from, struct arena *arena,
			struct sv *ret_key_pem, struct sv *ret_certificate_pem, struct err *err)
{
	const struct instant to = {
		from.us + WIRE_AUTHORITY_YEARS * INT64_C(365) * 86400 * INSTANT_SECOND
	};
	EVP_PKEY *key = EVP_EC_gen(CURVE);
	X509 *certificate = X509_new();
	struct sv key_pem, certificate_pem;
	int r = -1;

	if (key == NULL || certificate == NULL) {
		crypto_error(err, ERR_INTERNAL, "making a key");
		goto out;
	}
	if (X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    X509_set_pubkey(certificate, key) != 1) {
		crypto_error(err, ERR_INTERNAL, "certificate");
		goto out;
	}
	if (set_serial(certificate, err) != 0 || set_validity(certificate, from, to, err) != 0 ||
	    set_name(X509_get_subject_name(certificate), name, err) != 0)
		goto out;
	if (X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1) {
		crypto_error(err, ERR_INTERNAL, "issuer");
		goto out;
	}
	if (add_extensions(certificate, certificate, authority_extension,
			   COUNT(authority_extension), err) != 0)
		goto out;
	if (X509_sign(certificate, key, EVP_sha256()) <= 0) {
		crypto_error(err, ERR_INTERNAL, "signing the authority's certificate");
		goto out;
	}
	if (write_key(key, arena, &key_pem, err) != 0 ||
	    write_certificate(certificate, arena, &certificate_pem, err) != 0)
		goto out;
	*ret_key_pem = key_pem;
	*ret_certificate_pem = certificate_pem;
	r = 0;
out:
	X509_free(certificate);
	EVP_PKEY_free(key);
	return r;
}

/* The request's public key, if it is of our curve and the request signed with it. */
static EVP_PKEY *request_key(struct sv csr_pem, struct err *err)
{
	X509_REQ *request;
	EVP_PKEY *key = NULL;
	char group[64] = "";
	BIO *bio;

	if (!pem_fits(csr_pem))
		return err_null(err, ERR_FORMAT, "certificate request: 1 to %d bytes of PEM",
				WIRE_PEM_MAX);
	bio = bio_of(csr_pem);
	request = PEM_read_bio_X509_REQ(bio, NULL, no_pass_phrase, NULL);
	BIO_free(bio);
	if (request == NULL) {
		crypto_error(err, ERR_FORMAT, "certificate request");
		return NULL;
	}
	key = X509_REQ_get_pubkey(request);
	if (key == NULL) {
		crypto_error(err, ERR_FORMAT, "certificate request's key");
	} else if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
		   EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1 ||
		   strcmp(group, "prime256v1") != 0) {
		err_set(err, ERR_FORMAT, "certificate request's key is not of curve %s", CURVE);
		EVP_PKEY_free(key);
		key = NULL;
	} else if (X509_REQ_verify(request, key) != 1) {
		crypto_error(err, ERR_FORMAT, "certificate request's signature");
		EVP_PKEY_free(key);
		key = NULL;
	}
	ERR_clear_error();
	X509_REQ_free(request);
	return key;
}

static struct sv serial_text(const X509 *certificate, struct arena *arena)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;
	struct sv text = SV_NONE;

	if (hex != NULL) {
		for (char *p = hex; *p; p++)
			*p = *p >= 'A' && *p <= 'F' ? (char)(*p + 32) : *p;
		text = arena_dup(arena, sv_from(hex));
	}
	OPENSSL_free(hex);
	BN_free(number);
	return text;
}

/* Everything but names and signature. */
static int fill(X509 *certificate, X509 *authority, EVP_PKEY *key,
		const struct wire_certificate_wish *wish, struct err *err)
{
	const struct extension *row = wish->use == WIRE_SERVER ? server_extension
							       : device_extension;
	const size_t count = wish->use == WIRE_SERVER ? COUNT(server_extension)
						      : COUNT(device_extension);

	if (X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    X509_set_pubkey(certificate, key) != 1 ||
	    X509_set_issuer_name(certificate, X509_get_subject_name(authority)) != 1)
		return crypto_error(err, ERR_INTERNAL, "certificate");
	if (set_serial(certificate, err) != 0 ||
	    set_validity(certificate, wish->from, wish->to, err) != 0 ||
	    set_name(X509_get_subject_name(certificate), wish->subject, err) != 0 ||
	    add_extensions(certificate, authority, row, count, err) != 0)
		return -1;
	return 0;
}

int wire_sign_request(struct sv authority_key_pem, struct sv authority_pem, struct sv csr_pem,
		      const struct wire_certificate_wish *wish, struct arena *arena,
		      struct sv *ret_certificate_pem, struct sv *ret_serial_hex, struct err *err)
{
	EVP_PKEY *authority_key = read_key(authority_key_pem, err), *key = NULL;
	X509 *authority = NULL, *certificate = NULL;
	struct sv pem, serial;
	int r = -1;

	if (authority_key == NULL || (authority = read_certificate(authority_pem, err)) == NULL ||
	    (key = request_key(csr_pem, err)) == NULL)
		goto out;
	certificate = X509_new();
	if (certificate == NULL)
		abort();
	if (X509_check_private_key(authority, authority_key) != 1) {
		crypto_error(err, ERR_FORMAT, "authority's key and certificate differ");
		goto out;
	}
	if (fill(certificate, authority, key, wish, err) != 0 ||
	    (wish->use == WIRE_SERVER &&
	     add_names(certificate, wish->name, wish->name_count, err) != 0))
		goto out;
	if (X509_sign(certificate, authority_key, EVP_sha256()) <= 0) {
		crypto_error(err, ERR_INTERNAL, "signing a certificate");
		goto out;
	}
	serial = serial_text(certificate, arena);
	if (serial.p == NULL) {
		err_set(err, ERR_TOO_LARGE, "no room for a serial number");
		goto out;
	}
	if (write_certificate(certificate, arena, &pem, err) != 0)
		goto out;
	*ret_certificate_pem = pem;
	*ret_serial_hex = serial;
	r = 0;
out:
	X509_free(certificate);
	X509_free(authority);
	EVP_PKEY_free(key);
	EVP_PKEY_free(authority_key);
	return r;
}

int wire_fingerprint(struct sv certificate_pem, struct sha256 *ret, struct err *err)
{
	X509 *certificate = read_certificate(certificate_pem, err);
	unsigned char *der = NULL;
	int n;

	if (certificate == NULL)
		return -1;
	n = i2d_X509(certificate, &der);
	X509_free(certificate);
	if (n <= 0)
		return crypto_error(err, ERR_FORMAT, "certificate");
	*ret = sha256_of((struct sv){ (const char *)der, (size_t)n });
	OPENSSL_free(der);
	return 0;
}

static bool instant_of(const ASN1_TIME *time, struct instant *ret)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;
	const bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;

	ASN1_TIME_free(epoch);
	if (ok)
		ret->us = (days * INT64_C(86400) + seconds) * INSTANT_SECOND;
	return ok;
}

static struct sv common_name(const X509 *certificate, struct arena *arena)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *text = NULL;
	struct sv result = { "", 0 };
	int n;

	if (at < 0)
		return result;
	n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (n >= 0)
		result = arena_dup(arena, (struct sv){ (const char *)text, (size_t)n });
	OPENSSL_free(text);
	return result;
}

int wire_certificate_read(struct sv certificate_pem, struct arena *arena,
			  struct wire_certificate *ret, struct err *err)
{
	X509 *certificate = read_certificate(certificate_pem, err);
	struct wire_certificate got;
	int r = -1;

	if (certificate == NULL)
		return -1;
	got.subject = common_name(certificate, arena);
	got.serial = serial_text(certificate, arena);
	if (got.subject.p == NULL || got.serial.p == NULL) {
		err_set(err, ERR_TOO_LARGE, "no room for a certificate's fields");
	} else if (!instant_of(X509_get0_notBefore(certificate), &got.from) ||
		   !instant_of(X509_get0_notAfter(certificate), &got.to)) {
		crypto_error(err, ERR_FORMAT, "certificate's validity");
	} else {
		*ret = got;
		r = 0;
	}
	X509_free(certificate);
	ERR_clear_error();
	return r;
}
