#include "agent/agent.h"

#include "base/buf.h"
#include "base/mem.h"

char *report_line(struct instant at, struct sv category, const struct report_field *field,
		  size_t count, size_t *ret_n)
{
	struct event_builder *builder = event_builder_new();
	struct event_envelope *envelope = event_builder_envelope(builder);
	char id[UUID_TEXT_MAX];
	struct event event;
	struct buf buf;

	envelope->id = sv_from(uuid_format(uuid_v7(at), id));
	envelope->observed = at;
	envelope->product = SV("hikeshi");
	envelope->category = category;
	for (size_t i = 0; i < count; i++) {
		const struct sv name = sv_from(field[i].name);

		/* Our own texts are short; a stranger's error is cut. */
		const struct sv text = sv_slice(field[i].text, 0, PROCESS_TEXT_MAX);

		if (field[i].item)
			event_builder_item(builder, name, text);
		else if (field[i].text.p)
			event_builder_text(builder, name, text);
		else
			event_builder_number(builder, name, field[i].number);
	}
	event = event_builder_event(builder);
	buf_init(&buf, OUTBOX_LINE_MAX);
	event_encode(&event, &buf, NULL);
	event_builder_free(builder);
	*ret_n = buf.n;
	return buf_detach(&buf);
}

void report(struct outbox *outbox, struct instant at, struct sv category,
	    const struct report_field *field, size_t count, bool must)
{
	struct outbox_item item = { .image_fd = -1 };

	item.line = report_line(at, category, field, count, &item.n);
	outbox_put(outbox, &item, must);
}
