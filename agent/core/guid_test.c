#include "agent/agent.h"
#include "base/test.h"

static const struct uuid boot = { { 0xcf, 0x33, 0x26, 0xd8, 0xb2, 0x4b, 0x4b, 0x05, 1, 2, 3, 4, 5, 6, 7, 8 } };

TEST(guid_tells_boot_process_and_start)
{
	static const struct {
		struct process_key key;
		const char *text;
	} row[] = {
		{ { 1, 0 }, "{cf3326d8-b24b-0000-0001-000000000000}" },
		{ { 0x1234567, 0xabcdef }, "{cf3326d8-b24b-0123-4567-000000abcdef}" },
		{ { 4194304, PROCESS_START_MAX }, "{cf3326d8-b24b-0040-0000-ffffffffffff}" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char text[GUID_TEXT_MAX];
		struct process_key back = { 0, 0 };

		CHECK_STR(guid_format(&boot, row[i].key, text), row[i].text);
		CHECK(guid_parse(sv_from(text), &boot, &back));
		CHECK_INT(back.pid, row[i].key.pid);
		CHECK_INT(back.start, row[i].key.start);
	}
}

TEST(guid_refuses_what_is_none)
{
	static const char *const row[] = {
		"", "{}", "{cf3326d8-b24b-0000-0001-00000000000}",  /* short */
		"{cf3326d8-b24b-0000-0001-0000000000000}",          /* long */
		"{cf3326d9-b24b-0000-0001-000000000000}",           /* another boot */
		"{cf3326d8-b24b-0000-0000-000000000001}",           /* no process */
		"{cf3326d8-b24b-0000-0001-00000000000g}",
		"{cf3326d8xb24b-0000-0001-000000000000}",
		"[cf3326d8-b24b-0000-0001-000000000000]",
		"{-f3326d8-b24b-0000-0001-000000000000}",
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct process_key key = { 7, 7 };

		CHECK(!guid_parse(sv_from(row[i]), &boot, &key));
		CHECK_INT(key.start, 7);
	}
}
