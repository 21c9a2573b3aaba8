#include "agent/agent.h"

#include <assert.h>

static const char *const action_name[] = {
	[AGENT_ISOLATE] = "isolate", [AGENT_RELEASE] = "release", [AGENT_KILL] = "kill",
	[AGENT_COLLECT] = "collect", [AGENT_UNINSTALL] = "uninstall",
	[AGENT_LICENCE_OFF] = "licence_off", [AGENT_LICENCE_ON] = "licence_on",
};
static_assert(sizeof action_name / sizeof *action_name == AGENT_ACTION_COUNT, "every action has a name");

const char *agent_action_name(enum agent_action action)
{
	return action_name[action];
}

static bool is_id(struct sv text)
{
	if (text.n == 0 || text.n > ACTION_ID_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      c == '-' || c == '_'))
			return false;
	}
	return true;
}

static int read_payload(const struct event *payload, struct agent_order *ret, struct err *err)
{
	const struct sv id = event_text(payload, SV("action_id"));
	const struct sv kind = event_text(payload, SV("kind"));
	const struct sv process = event_text(payload, SV("process_guid"));
	const struct event_field *dns = event_get(payload, SV("dns"));
	struct agent_order order = { .action = AGENT_ACTION_COUNT };

	if (!is_id(id))
		return err_set(err, ERR_FORMAT, "action_id: missing, or not letters, digits, '-', '_'");
	for (size_t i = 0; i < AGENT_ACTION_COUNT; i++)
		if (sv_eq(kind, sv_from(action_name[i])))
			order.action = (enum agent_action)i;
	if (order.action == AGENT_ACTION_COUNT)
		return err_set(err, ERR_FORMAT, "kind '%.*s': no action of this agent",
			       SV_ARG(sv_slice(kind, 0, 64)));
	if (order.action == AGENT_KILL && (process.n == 0 || process.n >= sizeof order.process))
		return err_set(err, ERR_FORMAT, "process_guid: missing or too long");
	if (dns && dns->type != EVENT_BOOL)
		return err_set(err, ERR_FORMAT, "dns: neither true nor false");
	order.dns = dns && sv_eq(dns->text, SV("true"));
	memcpy(order.id, id.p, id.n);
	if (order.action == AGENT_KILL)
		memcpy(order.process, process.p, process.n);
	*ret = order;
	return 0;
}

int agent_order_parse(struct sv payload, struct agent_order *ret, struct err *err)
{
	struct event_decoder *decoder = event_decoder_new();
	struct event event;
	int result = -1;

	if (payload.n > ORDER_BYTES_MAX)
		err_set(err, ERR_TOO_LARGE, "the order has over %u bytes", ORDER_BYTES_MAX);
	else if (event_decode(decoder, payload, &event, err) == 0)
		result = read_payload(&event, ret, err);
	event_decoder_free(decoder);
	return result;
}
