/* Names for the numbers of the kernel: system calls and types of records. */
#include "event/auditd.h"

#define COUNT(table) (sizeof table / sizeof *table)

/* By number; made by event/mapping/syscalls.sh. */
static const char *const x86_64[] = {
#include "event/mapping/syscalls_x86_64.inc"
};
static const char *const i386[] = {
#include "event/mapping/syscalls_i386.inc"
};
static const char *const generic[] = {
#include "event/mapping/syscalls_generic.inc"
};

static const struct {
	struct sv arch; /* AUDIT_ARCH_… in hexadecimal, or the name in enriched logs */
	const char *const *name;
	size_t count;
} tables[] = {
	{ SV("c000003e"), x86_64, COUNT(x86_64) },   { SV("x86_64"), x86_64, COUNT(x86_64) },
	{ SV("40000003"), i386, COUNT(i386) },	     { SV("i386"), i386, COUNT(i386) },
	{ SV("c00000b7"), generic, COUNT(generic) }, { SV("aarch64"), generic, COUNT(generic) },
	{ SV("c00000f3"), generic, COUNT(generic) }, { SV("riscv64"), generic, COUNT(generic) },
};

struct sv audit_syscall(struct sv arch, struct sv number)
{
	uint64_t n;

	if (!sv_to_u64(number, &n))
		return plain_is_word(number.n > 0 ? number.p[0] : '-') ? number : SV_NONE;
	for (size_t i = 0; i < COUNT(tables); i++)
		if (sv_eq_case(arch, tables[i].arch))
			return n < tables[i].count ? sv_from(tables[i].name[n]) : SV_NONE;
	return SV_NONE;
}

static const struct {
	uint64_t number;
	struct sv name;
} types[] = {
#define TYPE(number, name) { number, SV(name) },
#include "event/mapping/audit_types.inc"
#undef TYPE
};

struct sv audit_type(struct sv number)
{
	uint64_t n;

	if (!sv_to_u64(number, &n))
		return SV_NONE;
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].number == n)
			return types[i].name;
	return SV_NONE;
}

/* ---- struct sockaddr in hexadecimal ---- */

#define SOCKADDR_BYTES 28 /* of IPv6 */

static void put_ipv4(struct event_decoder *decoder, const unsigned char *p)
{
	struct sv text = plain_number(decoder, p[0]);

	for (int i = 1; i < 4; i++)
		text = plain_join(decoder, text, SV("."), plain_number(decoder, p[i]));
	plain_add(decoder, SV("DestinationIp"), text);
}

static void put_ipv6(struct event_decoder *decoder, const unsigned char *p)
{
	static const char digit[] = "0123456789abcdef";
	char *to = scratch_room(decoder, 40);
	size_t n = 0;

	if (!to)
		return;
	for (int i = 0; i < 16; i++) {
		if (i > 0 && i % 2 == 0)
			to[n++] = ':';
		to[n++] = digit[p[i] >> 4];
		to[n++] = digit[p[i] & 15];
	}
	plain_add(decoder, SV("DestinationIp"), scratch_take(decoder, n));
}

bool audit_address(struct event_decoder *decoder, struct sv saddr)
{
	unsigned char byte[SOCKADDR_BYTES] = { 0 };
	size_t n = 0;
	unsigned family;

	for (; n < SOCKADDR_BYTES && 2 * n + 1 < saddr.n; n++) {
		const int high = plain_hex(saddr.p[2 * n]), low = plain_hex(saddr.p[2 * n + 1]);

		if (high < 0 || low < 0)
			return false;
		byte[n] = (unsigned char)(high << 4 | low);
	}
	family = byte[0] | (unsigned)byte[1] << 8; /* of the machine: little-endian */
	if (!(family == 2 && n >= 8) && !(family == 10 && n >= 24))
		return false;
	if (family == 2)
		put_ipv4(decoder, byte + 4);
	else
		put_ipv6(decoder, byte + 8);
	plain_add_number(decoder, SV("DestinationPort"),
			 plain_number(decoder, (uint64_t)byte[2] << 8 | byte[3]));
	return true;
}
