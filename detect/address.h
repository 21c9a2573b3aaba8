/* address.h - IP addresses and networks, for Sigma's `cidr`. */
#ifndef DETECT_ADDRESS_H
#define DETECT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

struct address {
	uint8_t byte[16];
	bool v6;
};

struct network {
	struct address first;
	uint8_t bits; /* that are fixed */
};

/* Plain IPv4 or IPv6 text. IPv4 inside IPv6 (::ffff:a.b.c.d) becomes IPv4. */
bool address_parse(struct sv text, struct address *ret);
/* "ADDRESS/BITS", or an address alone. Bits behind the prefix are cleared. */
bool network_parse(struct sv text, struct network *ret);
bool network_has(const struct network *network, const struct address *address);

#endif
