#include "centre/entitlement.h"

static int64_t number_of(struct store_query *query, struct err *err)
{
	int64_t number = -1;

	if (query && store_step(query, err) == 1)
		number = store_int(query, 0);
	store_done(query);
	return number;
}

/* The last override; 0: none, -1: error. */
static int64_t raised_to(struct store *store, struct sv participation, struct err *err)
{
	return number_of(store_ask(store, err,
				   "SELECT COALESCE((SELECT users FROM users_limit"
				   " WHERE participation = $1 ORDER BY number DESC LIMIT 1), 0)",
				   STORE_TEXT(participation)),
			 err);
}

static int count(struct store *store, const struct standing *standing, struct sv user_key,
		 struct entitlement_use *ret, struct err *err)
{
	const struct sv participation =
		standing->participation.p ? standing->participation : SV("");
	const int64_t raised = raised_to(store, participation, err);
	struct store_query *query =
		raised < 0 ? NULL
			   : store_ask(store, err,
				       "SELECT count(*), count(DISTINCT COALESCE(user_key, user_name)),"
				       " COALESCE(sum(COALESCE(user_key, user_name) = $2), 0)"
				       " FROM device WHERE participation = $1 AND state = 'active'",
				       STORE_TEXT(participation), STORE_TEXT(user_key));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (struct entitlement_use){
			.devices = (uint32_t)store_int(query, 0),
			.users = (uint32_t)store_int(query, 1),
			.devices_of_user = (uint32_t)store_int(query, 2),
			.users_raised_to = (uint32_t)raised,
		};
	store_done(query);
	return step == 1 ? 0 : -1;
}

int entitlement_ask(struct store *store, const struct standing *standing, struct sv user_key,
		    struct instant programme_now, struct refused *ret_refused, struct err *err)
{
	struct entitlement_use use;

	if (!standing->known)
		return 0;
	if (count(store, standing, user_key, &use, err) != 0)
		return -1;
	return entitlement_enrol(standing->entry->programme, &standing->application.is,
				 SV(STANDING_SERVICE), &use, programme_now, ret_refused);
}

bool entitlement_counts_users(const struct standing *standing)
{
	const struct programme_course *course = standing_course(standing);

	return course &&
	       (course->entitlement.users > 0 || course->entitlement.devices_per_user > 0);
}

int entitlement_limits(struct store *store, const struct standing *standing,
		       struct entitlement_limits *ret, struct err *err)
{
	const struct programme_course *course = standing_course(standing);
	struct entitlement_limits limits = { 0 };
	int64_t raised = 0;

	if (course) {
		limits = (struct entitlement_limits){ course->entitlement.users,
						      course->entitlement.devices_per_user };
		raised = raised_to(store,
				   standing->participation.p ? standing->participation : SV(""), err);
		if (raised < 0)
			return -1;
		if (course->entitlement.users_can_be_raised && raised > limits.users)
			limits.users = (uint32_t)raised;
	}
	*ret = limits;
	return 0;
}

int entitlement_raise(struct store *store, const struct standing *standing, uint32_t users,
		      struct sv reason, struct sv actor, struct instant now, struct err *err)
{
	const struct programme_course *course = standing_course(standing);

	if (!course || standing->participation.n == 0 || !standing->running ||
	    course->entitlement.users == 0 || !course->entitlement.users_can_be_raised)
		return err_set(err, ERR_DENIED, "the number of users cannot be raised here");
	if (users < course->entitlement.users || users > USERS_LIMIT_MAX)
		return err_set(err, ERR_RANGE, "between %u and %d users",
			       (unsigned)course->entitlement.users, USERS_LIMIT_MAX);
	return store_change(store, err,
			    "INSERT INTO users_limit (participation, users, reason, actor, at)"
			    " VALUES ($1, $2, $3, $4, $5)",
			    STORE_TEXT(standing->participation), STORE_INT(users),
			    STORE_TEXT(reason), STORE_TEXT(actor), STORE_INT(now.us));
}
