#include "agent/agent.h"

#include <stdio.h>

#include "base/test.h"

TEST(orders_are_read)
{
	static const struct {
		const char *payload, *id;
		enum agent_action action;
		bool dns;
	} row[] = {
		{ "{\"action_id\":\"a-1\",\"kind\":\"isolate\"}", "a-1", AGENT_ISOLATE, false },
		{ "{\"action_id\":\"a\",\"kind\":\"isolate\",\"dns\":true}", "a", AGENT_ISOLATE, true },
		{ "{\"action_id\":\"a\",\"kind\":\"release\",\"more\":[1,{}]}", "a", AGENT_RELEASE, false },
		{ "{\"action_id\":\"a\",\"kind\":\"kill\",\"process_guid\":\"{x}\"}", "a", AGENT_KILL, false },
		{ "{\"action_id\":\"a\",\"kind\":\"collect\",\"process_guid\":null}", "a", AGENT_COLLECT, false },
		{ "{\"action_id\":\"a\",\"kind\":\"uninstall\"}", "a", AGENT_UNINSTALL, false },
		{ "{\"action_id\":\"a\",\"kind\":\"licence_off\"}", "a", AGENT_LICENCE_OFF, false }, /* */
		{ "{\"action_id\":\"a\",\"kind\":\"licence_on\"}", "a", AGENT_LICENCE_ON, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct agent_order order = { .number = 1 };
		struct err err = ERR_INIT;

		CHECK_INT(agent_order_parse(sv_from(row[i].payload), &order, &err), 0);
		CHECK_STR(order.id, row[i].id);
		CHECK_INT(order.action, row[i].action);
		CHECK(order.dns == row[i].dns);
		CHECK_STR(agent_action_name(order.action), agent_action_name(row[i].action));
	}
}

TEST(what_is_no_order_is_refused_with_a_reason)
{
	static const struct {
		const char *payload, *reason;
	} row[] = {
		{ "", "byte" },
		{ "[]", "" },
		{ "{}", "action_id" },
		{ "{\"action_id\":\"\",\"kind\":\"kill\"}", "action_id" },
		{ "{\"action_id\":\"a b\",\"kind\":\"kill\"}", "action_id" },
		{ "{\"action_id\":\"01234567890123456789012345678901234567890123456789012345678901234\","
		  "\"kind\":\"isolate\"}", "action_id" },
		{ "{\"action_id\":\"a\",\"kind\":\"format\"}", "kind" },
		{ "{\"action_id\":\"a\"}", "kind" },
		{ "{\"action_id\":\"a\",\"kind\":\"licence\"}", "kind" },
		{ "{\"action_id\":\"a\",\"kind\":\"licence_off \"}", "kind" },
		{ "{\"action_id\":\"a\",\"kind\":\"kill\"}", "process_guid" },
		{ "{\"action_id\":\"a\",\"kind\":\"kill\",\"process_guid\":"
		  "\"0123456789012345678901234567890123456789\"}", "process_guid" },
		{ "{\"action_id\":\"a\",\"kind\":\"isolate\",\"dns\":\"yes\"}", "dns" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct agent_order order = { .number = 77 };
		struct err err = ERR_INIT;

		CHECK_INT(agent_order_parse(sv_from(row[i].payload), &order, &err), -1);
		CHECK(sv_find(sv_from(err.text), sv_from(row[i].reason), 0) != SIZE_MAX);
		CHECK_INT(order.number, 77);
	}
}

TEST(the_longest_id_is_taken)
{
	char payload[200], id[ACTION_ID_MAX + 1];
	struct agent_order order;
	struct err err = ERR_INIT;

	memset(id, 'a', ACTION_ID_MAX);
	id[ACTION_ID_MAX] = '\0';
	snprintf(payload, sizeof payload, "{\"action_id\":\"%s\",\"kind\":\"isolate\"}", id);
	CHECK_INT(agent_order_parse(sv_from(payload), &order, &err), 0);
	CHECK_STR(order.id, id);
}
