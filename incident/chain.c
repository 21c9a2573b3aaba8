#include "incident/history.h"
#include "incident/internal.h"

/* What the event says, where nothing better is remembered. */
static void complete(struct incident_process *p, const struct incident_process *from)
{
	if (p->parent_guid.n == 0)
		p->parent_guid = from->parent_guid;
	if (p->image.n == 0)
		p->image = from->image;
	if (p->command_line.n == 0)
		p->command_line = from->command_line;
	if (p->user.n == 0)
		p->user = from->user;
	if (p->parent_image.n == 0)
		p->parent_image = from->parent_image;
	if (p->parent_command_line.n == 0)
		p->parent_command_line = from->parent_command_line;
	if (p->pid == 0)
		p->pid = from->pid;
}

static bool is_in(const struct incident_process *chain, size_t count, struct sv guid)
{
	for (size_t i = 0; i < count; i++)
		if (sv_eq(chain[i].guid, guid))
			return true;
	return false;
}

/* The process itself; false: nobody has told of it. */
static bool chain_start(const struct history *history, struct sv guid, const struct event *event,
			struct incident_process *ret)
{
	struct incident_process said = { .pid = 0 };

	if (event)
		incident_process_of(event, &said);
	if (history_find(history, guid, ret)) {
		complete(ret, &said);
		return true;
	}
	*ret = said;
	ret->unseen = said.parent_guid.n == 0;
	return event != NULL;
}

/* The next one up; false: nothing at all is known of it. */
static bool chain_next(const struct history *history, const struct incident_process *child,
		       struct incident_process *ret)
{
	if (child->unseen || (child->parent_guid.n == 0 && child->parent_image.n == 0))
		return false;
	if (child->parent_guid.n == 0 || !history_find(history, child->parent_guid, ret)) {
		*ret = (struct incident_process){
			.guid = child->parent_guid,
			.image = child->parent_image,
			.command_line = child->parent_command_line,
			.unseen = true,
		};
		return true;
	}
	/* The child knows what its parent was when it started. */
	if (child->parent_image.n > 0) {
		ret->image = child->parent_image;
		ret->command_line = child->parent_command_line;
	}
	return true;
}

size_t incident_chain(const struct history *history, struct sv guid, const struct event *event,
		      struct incident_process chain[static INCIDENT_CHAIN_MAX])
{
	size_t count = 1;

	if (guid.n == 0 || !chain_start(history, guid, event, &chain[0]))
		return 0;
	while (count < INCIDENT_CHAIN_MAX && !is_in(chain, count, chain[count - 1].parent_guid) &&
	       chain_next(history, &chain[count - 1], &chain[count]))
		count++;
	return count;
}
