/* The edition in figures, for the office and for the public. */
#include "centre/put_support.h"
#include "centre/reply.h"
#include "centre/route.h"
#include "centre/routes.h"

static void put_count(struct emit *emit, const char *key, uint64_t count, bool hidden)
{
	if (!hidden) {
		emit_put_number(emit, key, (int64_t)count);
		return;
	}
	emit_key(emit, key);
	emit_nothing(emit);
}

static void put_figure(struct emit *emit, const struct http_request *request,
		       const struct programme *programme, const struct figure_result *result)
{
	const struct programme_figure *figure = result->figure;

	emit_object(emit);
	emit_put_text(emit, "id", figure->id);
	emit_put_text(emit, "name", text_of(request, figure->name));
	emit_put_text(emit, "definition",
		      text_of(request, figure_definition(programme, figure, request->arena)));
	put_count(emit, "total", result->total, result->total_hidden);
	put_count(emit, "denominator", result->denominator, result->denominator_hidden);
	emit_key(emit, "cells");
	emit_array(emit);
	for (size_t i = 0; i < result->cell_count; i++) {
		const struct figure_cell *cell = &result->cell[i];

		emit_object(emit);
		emit_put_text(emit, "value", cell->value);
		emit_put_text(emit, "name",
			      text_of(request, figure_cell_name(programme, figure, cell->value,
								request->arena)));
		put_count(emit, "count", cell->count, cell->hidden);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_object_end(emit);
}

static enum http_answer answer(struct http_request *request, struct http_response *response,
			       const struct catalogue_entry *entry, const struct results *results,
			       bool published)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	struct emit emit = emit_begin(&response->body);

	emit_object(&emit);
	emit_put_time(&emit, "as_of", results->as_of);
	emit_put_text(&emit, "programme", text_of(request, facts->name));
	emit_put_truth(&emit, "published", published);
	emit_put_number(&emit, "least", facts->publish_least);
	emit_key(&emit, "items");
	emit_array(&emit);
	for (size_t i = 0; i < results->count; i++)
		put_figure(&emit, request, entry->programme, &results->item[i]);
	emit_array_end(&emit);
	emit_object_end(&emit);
	return HTTP_DONE;
}

/* Counted now; hidden: as the public may see them. */
static int count(struct http_request *request, const struct catalogue_entry *entry, bool hidden,
		 struct results *ret, struct err *err)
{
	ret->as_of = request->programme_now;
	if (figures_count(request->worker->records, entry->catalogue, entry, request->arena,
			  &ret->item, &ret->count, err) != 0)
		return -1;
	for (size_t i = 0; hidden && i < ret->count; i++)
		figure_hide(&ret->item[i], programme_facts(entry->programme)->publish_least);
	return 0;
}

enum http_answer route_figure_list(struct http_request *request, struct http_response *response)
{
	const bool published = http_value(request, "published")->truth;
	const struct catalogue_entry *entry;
	struct results results;
	struct err err = ERR_INIT;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (count(request, entry, published, &results, &err) != 0)
		return http_fail_err(request, response, &err);
	return answer(request, response, entry, &results, published);
}

enum http_answer route_result_publish(struct http_request *request,
				      struct http_response *response)
{
	struct store *store = request->worker->records;
	const struct catalogue_entry *entry;
	struct results results;
	struct err err = ERR_INIT;

	if (support_entry(request, response, &entry) != 0)
		return HTTP_DONE;
	if (store_begin(store, &err) != 0)
		return http_fail_err(request, response, &err);
	if (count(request, entry, true, &results, &err) != 0 ||
	    results_publish(store, entry, &results, support_actor(request), request->arena,
			    &err) != 0) {
		if (err.code != ERR_CONFLICT)
			return reply_undo(request, response, &err);
		store_rollback(store);
		return http_fail(request, response, "results_close", NULL);
	}
	if (reply_commit(request, response, "programme", entry->id, SV_NONE, SV("results")) != 0)
		return HTTP_DONE;
	return answer(request, response, entry, &results, true);
}
