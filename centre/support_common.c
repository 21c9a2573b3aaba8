#include "centre/put_support.h"

#include "centre/access.h"
#include "centre/centre.h"
#include "centre/live.h"

int support_found(struct http_request *request, struct http_response *response, int found,
		  const struct err *err)
{
	if (found == 1)
		return 0;
	if (found == 0)
		http_fail(request, response, "not_found", NULL);
	else
		http_fail_err(request, response, err);
	return -1;
}

int support_load_id(struct http_request *request, struct http_response *response, struct sv id,
		    struct application *ret, const struct catalogue_entry **ret_entry)
{
	const struct catalogue *catalogue = worker_catalogue(request->worker);
	struct err err = ERR_INIT;
	const int found = application_load(request->worker->records, catalogue, id,
					   request->arena, ret, &err);

	if (support_found(request, response, found, &err) != 0)
		return -1;
	*ret_entry = catalogue_of(catalogue, ret);
	return support_found(request, response, *ret_entry != NULL, &err);
}

int support_load(struct http_request *request, struct http_response *response,
		 struct application *ret, const struct catalogue_entry **ret_entry)
{
	return support_load_id(request, response, request->object->id, ret, ret_entry);
}

struct person support_actor(const struct http_request *request)
{
	return (struct person){ request->actor->id, request->actor->name };
}

void support_tell(struct http_request *request, const struct application *application)
{
	live_publish(request->centre->live, LIVE_APPLICATION, application->company,
		     application->id, false);
}

int support_entry(struct http_request *request, struct http_response *response,
		  const struct catalogue_entry **ret)
{
	*ret = catalogue_by_id(worker_catalogue(request->worker), request->object->id);
	return support_found(request, response, *ret != NULL, NULL);
}

#define EXPERTS_MAX 500

int support_experts(struct store *store, const struct catalogue_entry *entry, struct arena *arena,
		    const struct person **ret, size_t *ret_count, struct err *err)
{
	struct person *item = arena_zalloc(arena, EXPERTS_MAX, sizeof *item);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT DISTINCT n.id, n.name FROM person n"
			  " JOIN person_role r ON r.person = n.id WHERE r.role = 'expert'"
			  " AND n.disabled_at IS NULL AND (r.programme = $1 OR r.operator = $2)"
			  " ORDER BY n.name, n.id LIMIT 500",
			  STORE_TEXT(entry->id), STORE_TEXT(entry->operator_id));
	size_t count = 0;
	int step = query && item ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		item[count++] = (struct person){ arena_dup(arena, store_text(query, 0)),
						 arena_dup(arena, store_text(query, 1)) };
	store_done(query);
	*ret = item;
	*ret_count = count;
	return step < 0 ? -1 : 0;
}
