#include "agent/agent.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/test.h"

TEST(state_survives_the_file)
{
	char folder[] = "/tmp/hikeshi-state-XXXXXX", path[64];
	struct agent_state state = { .last_order = UINT64_MAX, .isolated = true, .pending_number = 7,
				     .licence_off = { INT64_C(1795000000123456) } };
	struct agent_state back;
	struct err err = ERR_INIT;

	REQUIRE(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state.json", folder);
	CHECK_INT(agent_state_load(path, &back, &err), 0); /* missing: new */
	CHECK_INT(back.last_order, 0);
	CHECK_INT(back.licence_off.us, 0);
	snprintf(state.pending_id, sizeof state.pending_id, "a\"b");
	snprintf(state.pending_kind, sizeof state.pending_kind, "kill");
	CHECK_INT(agent_state_save(path, &state, &err), 0);
	CHECK_INT(agent_state_load(path, &back, &err), 0);
	CHECK(back.last_order == UINT64_MAX);
	CHECK(back.isolated && !back.isolation_dns);
	CHECK_STR(back.pending_id, "a\"b");
	CHECK_STR(back.pending_kind, "kill");
	CHECK_INT(back.pending_number, 7);
	CHECK_INT(back.licence_off.us, INT64_C(1795000000123456)); /* off stays off */
	unlink(path);
	CHECK_INT(symlink("/etc/passwd", path), 0);
	CHECK_INT(agent_state_load(path, &back, &err), -1); /* never through a link */
	unlink(path);
	rmdir(folder);
}

TEST(damaged_state_is_an_error)
{
	static const char *const row[] = {
		"", "{", "[]", "{}", "{\"last_order\":\"x\"}", "{\"last_order\":-1}",
		"{\"last_order\":1,\"pending_number\":\"x\"}",
		"{\"last_order\":1,\"licence_off\":\"yesterday\"}", "{\"last_order\":1,\"licence_off\":true}",
		"{\"last_order\":1,\"pending_kind\":\"01234567890123456789\"}",
		"{\"last_order\":1,\"pending_id\":\"a\\u0000b\"}",
	};
	struct agent_state state = { .last_order = 5 };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;

		CHECK_INT(agent_state_parse(sv_from(row[i]), &state, &err), -1);
		CHECK(err.text[0]);
		CHECK_INT(state.last_order, 5);
	}
}

TEST(identity_goes_both_ways)
{
	struct agent_identity identity = { .check_key = { 1, 2, 3 } }, back;
	struct err err = ERR_INIT;
	struct buf buf;

	snprintf(identity.device, sizeof identity.device, "01a1fd89-b51e-70dd-b996-643ff834319e");
	snprintf(identity.devices_url, sizeof identity.devices_url, "https://centre:8444");
	snprintf(identity.enrolled_url, sizeof identity.enrolled_url, "https://centre:8443");
	buf_init(&buf, 4096);
	agent_identity_print(&identity, &buf);
	CHECK_INT(agent_identity_parse(buf_sv(&buf), &back, &err), 0);
	CHECK_STR(back.device, identity.device);
	CHECK_STR(back.devices_url, identity.devices_url);
	CHECK(memcmp(back.check_key, identity.check_key, sizeof back.check_key) == 0);
	buf_done(&buf);
	CHECK_INT(agent_identity_parse(SV("{\"device\":\"x\"}"), &back, &err), -1);
	CHECK_INT(agent_identity_parse(SV("{\"device\":\"01a1fd89-b51e-70dd-b996-643ff834319e\","
					  "\"devices_url\":\"http://x\"}"), &back, &err), -1);
}
