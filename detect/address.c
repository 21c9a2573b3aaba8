#include "detect/address.h"

#include <arpa/inet.h>

#define MAPPED_BITS 96 /* of ::ffff:0:0/96 */

static bool is_mapped(const uint8_t byte[16])
{
	static const uint8_t prefix[12] = { [10] = 0xFF, [11] = 0xFF };

	return memcmp(byte, prefix, sizeof prefix) == 0;
}

/* Without the step from IPv4 inside IPv6. */
static bool parse_plain(struct sv text, struct address *ret)
{
	char copy[INET6_ADDRSTRLEN];
	struct address address = { .v6 = sv_find_char(text, ':', 0) != SIZE_MAX };

	if (text.n == 0 || text.n >= sizeof copy || memchr(text.p, '\0', text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(address.v6 ? AF_INET6 : AF_INET, copy, address.byte) != 1)
		return false;
	*ret = address;
	return true;
}

static void unmap(struct address *address)
{
	if (!address->v6 || !is_mapped(address->byte))
		return;
	memmove(address->byte, address->byte + 12, 4);
	memset(address->byte + 4, 0, 12);
	address->v6 = false;
}

bool address_parse(struct sv text, struct address *ret)
{
	if (!parse_plain(text, ret))
		return false;
	unmap(ret);
	return true;
}

bool network_parse(struct sv text, struct network *ret)
{
	const size_t slash = sv_find_char(text, '/', 0);
	struct network network;
	uint64_t bits;

	if (!parse_plain(sv_slice(text, 0, slash), &network.first))
		return false;
	bits = network.first.v6 ? 128 : 32;
	if (slash != SIZE_MAX) {
		const uint64_t most = bits;

		if (!sv_to_u64(sv_slice(text, slash + 1, text.n), &bits) || bits > most)
			return false;
	}
	if (network.first.v6 && bits >= MAPPED_BITS && is_mapped(network.first.byte)) {
		unmap(&network.first);
		bits -= MAPPED_BITS;
	}
	for (size_t i = 0; i < 16; i++) {
		const uint64_t kept = bits > 8 * i ? bits - 8 * i : 0;

		if (kept < 8)
			network.first.byte[i] &= (uint8_t)(0xFF00 >> kept);
	}
	network.bits = (uint8_t)bits;
	*ret = network;
	return true;
}

bool network_has(const struct network *network, const struct address *address)
{
	const size_t whole = network->bits / 8, rest = network->bits % 8;

	if (network->first.v6 != address->v6)
		return false;
	if (memcmp(network->first.byte, address->byte, whole) != 0)
		return false;
	return rest == 0 ||
	       (uint8_t)(address->byte[whole] & 0xFF00 >> rest) == network->first.byte[whole];
}
