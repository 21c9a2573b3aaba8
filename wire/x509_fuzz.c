#include "wire/wire.h"

struct authority {
	struct arena *arena;
	struct sv key, certificate;
};

static struct authority authority_new(void)
{
	struct authority made = { .arena = arena_new(1 << 20) };

	if (wire_make_authority(SV("Fuzz CA"), (struct instant){ 0 }, made.arena, &made.key,
				&made.certificate, NULL) != 0)
		__builtin_trap();
	return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wire_certificate_wish wish = { WIRE_DEVICE, SV("device"), NULL, 0, { 0 },
						    { INSTANT_SECOND } };
	const struct sv pem = { (const char *)data, size };
	static struct authority authority; /* made once: the fuzzer has one thread */
	struct arena *arena = arena_new(1 << 20);
	struct wire_certificate certificate;
	struct sv signed_pem, serial;

	if (authority.arena == NULL)
		authority = authority_new();
	(void)wire_sign_request(authority.key, authority.certificate, pem, &wish, arena,
				&signed_pem, &serial, NULL);
	(void)wire_certificate_read(pem, arena, &certificate, NULL);
	arena_free(arena);
	return 0;
}
