#include "agent/agent.h"

#include <stdio.h>

#define BOOT_BYTES 6

char *guid_format(const struct uuid *boot, struct process_key key, char text[static GUID_TEXT_MAX])
{
	char head[2 * BOOT_BYTES + 1];

	hex_encode(boot->byte, BOOT_BYTES, head);
	snprintf(text, GUID_TEXT_MAX, "{%.8s-%s-%04x-%04x-%012llx}", head, head + 8, key.pid >> 16,
		 key.pid & 0xffff, (unsigned long long)(key.start & PROCESS_START_MAX));
	return text;
}

bool guid_parse(struct sv text, const struct uuid *boot, struct process_key *ret)
{
	static const size_t dash[] = { 9, 14, 19, 24 };
	struct process_key key = { 0, 0 };
	uint8_t byte[16];
	char digits[33];
	size_t n = 0;

	if (text.n != 38 || text.p[0] != '{' || text.p[37] != '}')
		return false;
	for (size_t i = 0; i < sizeof dash / sizeof *dash; i++)
		if (text.p[dash[i]] != '-')
			return false;
	for (size_t i = 1; i < 37; i++)
		if (text.p[i] != '-' && n < sizeof digits - 1)
			digits[n++] = text.p[i];
	if (n != 32 || !hex_decode((struct sv){ digits, 32 }, byte, sizeof byte) ||
	    memcmp(byte, boot->byte, BOOT_BYTES) != 0)
		return false;
	for (size_t i = BOOT_BYTES; i < 10; i++)
		key.pid = key.pid << 8 | byte[i];
	for (size_t i = 10; i < 16; i++)
		key.start = key.start << 8 | byte[i];
	if (key.pid == 0)
		return false;
	*ret = key;
	return true;
}
