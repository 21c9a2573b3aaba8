#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/test.h"
#include "wire/wire.h"

#define DAY (INT64_C(86400) * INSTANT_SECOND)
static const struct instant from = { INT64_C(1795000000) * 1000000 };

struct fixture {
	struct arena *arena;
	struct err err;
	struct sv ca_key, ca, key, csr;
};

static void start(struct fixture *f)
{
	*f = (struct fixture){ .arena = arena_new(1 << 20), .err = ERR_INIT };
	CHECK_INT(wire_make_authority(SV("Hikeshi CA"), from, f->arena, &f->ca_key, &f->ca,
				      &f->err), 0);
	CHECK_INT(wire_make_request(SV("pc-1"), f->arena, &f->key, &f->csr, &f->err), 0);
}

static void stop(struct fixture *f)
{
	arena_free(f->arena);
}

static X509 *read_pem(struct sv pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return certificate;
}

/* As a TLS library checks it: chain, purpose, time. 0 is X509_V_OK. */
static int verify(struct sv ca_pem, struct sv pem, int purpose, struct instant at)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509 *ca = read_pem(ca_pem), *certificate = read_pem(pem);
	int r;

	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(context, store, certificate, NULL);
	X509_STORE_CTX_set_purpose(context, purpose);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), at.us / INSTANT_SECOND);
	X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
	r = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	X509_free(certificate);
	X509_free(ca);
	return r;
}

TEST(device_certificate)
{
	const struct wire_certificate_wish wish = { WIRE_DEVICE, SV("01998000-0000-7000-8000-000000000001"),
						    NULL, 0, from, { from.us + 30 * DAY } };
	struct wire_certificate got;
	struct sv pem, serial;
	struct fixture f;

	start(&f);
	REQUIRE(wire_sign_request(f.ca_key, f.ca, f.csr, &wish, f.arena, &pem, &serial, &f.err) == 0);
	CHECK_INT(verify(f.ca, pem, X509_PURPOSE_SSL_CLIENT, (struct instant){ from.us + DAY }), X509_V_OK);
	CHECK_INT(verify(f.ca, pem, X509_PURPOSE_SSL_SERVER, (struct instant){ from.us + DAY }),
		  X509_V_ERR_INVALID_PURPOSE);
	CHECK_INT(verify(f.ca, pem, X509_PURPOSE_SSL_CLIENT, (struct instant){ from.us + 31 * DAY }),
		  X509_V_ERR_CERT_HAS_EXPIRED);
	CHECK_INT(verify(f.ca, pem, X509_PURPOSE_SSL_CLIENT, (struct instant){ from.us - DAY }),
		  X509_V_ERR_CERT_NOT_YET_VALID);
	REQUIRE(wire_certificate_read(pem, f.arena, &got, &f.err) == 0);
	CHECK_SV(got.subject, wish.subject); /* not the CSR's "pc-1" */
	CHECK_SV(got.serial, serial);
	CHECK_INT(serial.n, 32);
	CHECK_INT(got.from.us, from.us);
	CHECK_INT(got.to.us, wish.to.us);
	stop(&f);
}

TEST(server_certificate)
{
	const struct sv name[] = { SV("127.0.0.1"), SV("::1"), SV("centre.example") };
	const struct wire_certificate_wish wish = { WIRE_SERVER, SV("centre.example"), name, 3, from,
						    { from.us + 30 * DAY } };
	struct sv pem, serial;
	struct fixture f;
	X509 *certificate;

	start(&f);
	REQUIRE(wire_sign_request(f.ca_key, f.ca, f.csr, &wish, f.arena, &pem, &serial, &f.err) == 0);
	CHECK_INT(verify(f.ca, pem, X509_PURPOSE_SSL_SERVER, (struct instant){ from.us + DAY }), X509_V_OK);
	CHECK_INT(verify(f.ca, pem, X509_PURPOSE_SSL_CLIENT, (struct instant){ from.us + DAY }),
		  X509_V_ERR_INVALID_PURPOSE);
	certificate = read_pem(pem);
	CHECK_INT(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
	CHECK_INT(X509_check_ip_asc(certificate, "::1", 0), 1);
	CHECK_INT(X509_check_ip_asc(certificate, "127.0.0.2", 0), 0);
	CHECK_INT(X509_check_host(certificate, "centre.example", 0, 0, NULL), 1);
	CHECK_INT(X509_check_host(certificate, "other.example", 0, 0, NULL), 0);
	X509_free(certificate);
	stop(&f);
}

TEST(another_authority)
{
	const struct wire_certificate_wish wish = { WIRE_DEVICE, SV("x"), NULL, 0, from,
						    { from.us + DAY } };
	struct sv key, ca, pem = SV_NONE, serial;
	struct fixture f;

	start(&f);
	CHECK_INT(wire_make_authority(SV("Hikeshi CA"), from, f.arena, &key, &ca, &f.err), 0);
	REQUIRE(wire_sign_request(key, ca, f.csr, &wish, f.arena, &pem, &serial, &f.err) == 0);
	CHECK(verify(f.ca, pem, X509_PURPOSE_SSL_CLIENT, from) != X509_V_OK);
	/* key and certificate of different authorities */
	CHECK_INT(wire_sign_request(key, f.ca, f.csr, &wish, f.arena, &pem, &serial, &f.err), -1);
	stop(&f);
}

/* A request made outside: other key kinds, other signers. */
static struct sv make_csr(struct arena *arena, EVP_PKEY *key, EVP_PKEY *signer)
{
	X509_REQ *request = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	struct sv text;
	char *p;
	long n;

	X509_REQ_set_version(request, 0);
	X509_REQ_set_pubkey(request, key);
	X509_REQ_sign(request, signer, EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? NULL : EVP_sha256());
	PEM_write_bio_X509_REQ(bio, request);
	n = BIO_get_mem_data(bio, &p);
	text = arena_dup(arena, (struct sv){ p, (size_t)n });
	BIO_free(bio);
	X509_REQ_free(request);
	return text;
}

TEST(bad_requests)
{
	const struct wire_certificate_wish wish = { WIRE_DEVICE, SV("x"), NULL, 0, from,
						    { from.us + DAY } };
	EVP_PKEY *good = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256"),
		 *large = EVP_EC_gen("P-384"), *rsa = EVP_RSA_gen(2048),
		 *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct sv pem = SV_NONE, serial, row[12];
	struct fixture f;
	char *changed;
	size_t n = 0;

	start(&f);
	changed = mem_dup_sv(f.csr);
	changed[200] = changed[200] == 'A' ? 'B' : 'A';
	row[n++] = SV("");
	row[n++] = SV("nothing");
	row[n++] = SV("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n");
	row[n++] = SV("-----BEGIN CERTIFICATE REQUEST-----\nProc-Type: 4,ENCRYPTED\n"
		      "DEK-Info: AES-256-CBC,00000000000000000000000000000000\n\nAAAA\n"
		      "-----END CERTIFICATE REQUEST-----\n");
	row[n++] = f.ca;
	row[n++] = sv_from(changed);
	row[n++] = sv_slice(f.csr, 0, f.csr.n / 2);
	row[n++] = make_csr(f.arena, good, other); /* not its own signature */
	row[n++] = make_csr(f.arena, large, large);
	row[n++] = make_csr(f.arena, rsa, rsa);
	row[n++] = make_csr(f.arena, edwards, edwards);
	row[n++] = (struct sv){ f.csr.p, WIRE_PEM_MAX + 1 };
	for (size_t i = 0; i < n; i++) {
		f.err = (struct err)ERR_INIT;
		CHECK_INT(wire_sign_request(f.ca_key, f.ca, row[i], &wish, f.arena, &pem, &serial,
					    &f.err), -1);
		CHECK_INT(f.err.code, ERR_FORMAT);
		CHECK(pem.p == NULL);
	}
	CHECK_INT(wire_sign_request(f.ca_key, f.ca, make_csr(f.arena, good, good), &wish, f.arena,
				    &pem, &serial, &f.err), 0);
	EVP_PKEY_free(good);
	EVP_PKEY_free(other);
	EVP_PKEY_free(large);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(edwards);
	free(changed);
	stop(&f);
}

TEST(wish_bounds)
{
	static const char long_name[WIRE_NAME_MAX + 2] = { [0 ... WIRE_NAME_MAX] = 'x' };
	const struct sv many[WIRE_NAMES_MAX + 1] = { [0 ... WIRE_NAMES_MAX] = SV("a.example") };
	const struct sv evil[] = { SV("a.example\nDNS:bank.example"), SV("a b"), SV("") };
	const struct {
		struct sv subject;
		const struct sv *name;
		size_t name_count;
		int64_t days;
		int r;
	} row[] = {
		{ { long_name, WIRE_NAME_MAX }, NULL, 0, 1, 0 },
		{ { long_name, WIRE_NAME_MAX + 1 }, NULL, 0, 1, -1 },
		{ SV(""), NULL, 0, 1, -1 },
		{ SV("x"), NULL, 0, 0, -1 },
		{ SV("x"), many, WIRE_NAMES_MAX, 1, 0 },
		{ SV("x"), many, WIRE_NAMES_MAX + 1, 1, -1 },
		{ SV("x"), evil, 1, 1, -1 },
		{ SV("x"), evil + 1, 1, 1, -1 },
		{ SV("x"), evil + 2, 1, 1, -1 },
	};
	struct fixture f;

	start(&f);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct wire_certificate_wish wish = {
			WIRE_SERVER, row[i].subject, row[i].name, row[i].name_count, from,
			{ from.us + row[i].days * DAY }
		};
		struct sv pem, serial;

		CHECK_INT(wire_sign_request(f.ca_key, f.ca, f.csr, &wish, f.arena, &pem, &serial,
					    &f.err), row[i].r);
	}
	stop(&f);
}

TEST(fingerprint)
{
	struct sha256 a, b;
	struct fixture f;

	start(&f);
	CHECK_INT(wire_fingerprint(f.ca, &a, &f.err), 0);
	CHECK_INT(wire_fingerprint(f.ca, &b, &f.err), 0);
	CHECK(memcmp(&a, &b, sizeof a) == 0);
	CHECK_INT(wire_fingerprint(f.csr, &a, &f.err), -1);
	CHECK_INT(wire_fingerprint(SV_NONE, &a, &f.err), -1);
	stop(&f);
}
