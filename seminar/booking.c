/* Bookings as rows: reading, counting, links, and who has to be told. */
#include "seminar/internal.h"

#include <assert.h>

static const char *const states[] = {
	[BOOKING_BOOKED] = "booked",   [BOOKING_WAITING] = "waiting",
	[BOOKING_OFFERED] = "offered", [BOOKING_CANCELLED] = "cancelled",
	[BOOKING_EXPIRED] = "expired",
};
static_assert(sizeof states / sizeof *states == BOOKING_STATE_COUNT, "every state has a name");

const char *booking_state_name(enum booking_state state)
{
	return states[state];
}

enum booking_state booking_state_of(struct sv text)
{
	return (enum booking_state)seminar_find(states, BOOKING_STATE_COUNT - 1, text);
}

unsigned seminar_find(const char *const *name, unsigned count, struct sv text)
{
	unsigned i = 0;

	while (i < count && !sv_eq(text, sv_from(name[i])))
		i++;
	return i;
}

int seminar_need(struct store *store, struct err *err)
{
	return store_in_transaction(store)
		       ? 0
		       : err_set(err, ERR_INTERNAL, "sessions change inside a transaction only");
}

int seminar_check_line(struct sv text, size_t max, bool required, const char *what, struct err *err)
{
	if ((required && sv_trim(text).n == 0) || text.n > max || !sv_is_utf8(text))
		return err_set(err, ERR_RANGE, "%s has %d to %zu bytes", what, required ? 1 : 0,
			       max);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return err_set(err, ERR_FORMAT, "%s is one line without control characters",
				       what);
	return 0;
}

static struct sv column(struct store_query *query, int number, struct arena *arena)
{
	return arena_dup(arena, store_text(query, number));
}

struct booking booking_read(struct store_query *query, struct arena *arena)
{
	return (struct booking){
		.id = column(query, 0, arena),
		.programme = column(query, 1, arena),
		.session = column(query, 2, arena),
		.mode = sv_eq(store_text(query, 3), SV("online")) ? MODE_ONLINE : MODE_VENUE,
		.state = booking_state_of(store_text(query, 4)),
		.name = column(query, 5, arena),
		.company = column(query, 6, arena),
		.mail = column(query, 7, arena),
		.telephone = column(query, 8, arena),
		.made = { store_int(query, 9) },
		.changed = { store_int(query, 10) },
		.offer_until = { store_int(query, 11) },
		.sequence = (uint32_t)store_int(query, 12),
		.before = (unsigned)store_int(query, 13),
	};
}

static int read_one(struct store_query *query, struct arena *arena, struct booking *ret,
		    struct err *err)
{
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = booking_read(query, arena);
	store_done(query);
	return step;
}

int seminar_booking(struct store *store, struct sv id, struct arena *arena, struct booking *ret,
		    struct err *err)
{
	return read_one(store_ask(store, err,
				  "SELECT " BOOKING_COLUMNS " FROM booking b WHERE b.id = $1",
				  STORE_TEXT(id)),
			arena, ret, err);
}

/* ---- links ---- */

static void digest_text(struct sv secret, char text[static 2 * SHA256_SIZE + 1])
{
	const struct sha256 digest = sha256_of(secret);

	hex_encode(digest.byte, SHA256_SIZE, text);
}

int seminar_by_link(struct store *store, struct sv secret, struct arena *arena, struct booking *ret,
		    struct err *err)
{
	char hash[2 * SHA256_SIZE + 1];

	digest_text(secret, hash);
	return read_one(store_ask(store, err,
				  "SELECT " BOOKING_COLUMNS " FROM booking b JOIN booking_link l"
				  " ON l.booking = b.id WHERE l.hash = $1",
				  STORE_TEXT(sv_from(hash))),
			arena, ret, err);
}

int seminar_renew_link(struct store *store, struct sv id, struct arena *arena,
		       struct sv *ret_secret, struct err *err)
{
	uint8_t byte[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1], hash[2 * SHA256_SIZE + 1];
	struct sv secret;

	random_bytes(byte, sizeof byte);
	hex_encode(byte, sizeof byte, text);
	secret = arena_dup(arena, sv_from(text));
	digest_text(secret, hash);
	/* The first, of the page itself, and the latest stay good. */
	if (seminar_need(store, err) != 0 ||
	    store_change(
		    store, err,
		    "INSERT INTO booking_link (hash, booking, number) VALUES ($1, $2,"
		    " (SELECT COALESCE(MAX(number), 0) + 1 FROM booking_link WHERE booking = $2))",
		    STORE_TEXT(sv_from(hash)), STORE_TEXT(id)) != 0 ||
	    store_change(store, err,
			 "DELETE FROM booking_link WHERE booking = $1 AND number > 1 AND number <="
			 " (SELECT MAX(number) FROM booking_link WHERE booking = $1) - $2",
			 STORE_TEXT(id), STORE_INT(SEMINAR_LINKS_MAX)) != 0)
		return -1;
	*ret_secret = secret;
	return 0;
}

/* ---- counting and lists ---- */

int seminar_count(struct store *store, const struct catalogue_entry *entry,
		  const struct programme_session *session,
		  struct seminar_count ret[static MODE_COUNT], struct err *err)
{
	struct seminar_count count[MODE_COUNT] = { { 0 } };
	struct store_query *query = store_ask(
		store, err,
		"SELECT mode, state, COUNT(*) FROM booking WHERE programme = $1 AND session = $2"
		" GROUP BY mode, state",
		STORE_TEXT(entry->id), STORE_TEXT(session->id));
	int step = query ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1) {
		struct seminar_count *row =
			&count[sv_eq(store_text(query, 0), SV("online")) ? MODE_ONLINE
									 : MODE_VENUE];
		const uint32_t n = (uint32_t)store_int(query, 2);

		switch (booking_state_of(store_text(query, 1))) {
		case BOOKING_BOOKED: row->booked = n; break;
		case BOOKING_OFFERED: row->offered = n; break;
		case BOOKING_WAITING: row->waiting = n; break;
		default: break;
		}
	}
	store_done(query);
	if (step < 0)
		return -1;
	for (unsigned mode = 0; mode < MODE_COUNT; mode++) {
		ret[mode] = count[mode];
		ret[mode].places = session->places[mode];
	}
	return 0;
}

int seminar_bookings(struct store *store, const struct catalogue_entry *entry, struct sv session,
		     struct arena *arena, const struct booking **ret, size_t *ret_count,
		     struct err *err)
{
	struct booking *booking = arena_zalloc(arena, SEMINAR_BOOKINGS_MAX, sizeof *booking);
	struct store_query *query =
		store_ask(store, err,
			  "SELECT " BOOKING_COLUMNS
			  " FROM booking b WHERE b.programme = $1 AND b.session = $2"
			  " ORDER BY b.row LIMIT $3",
			  STORE_TEXT(entry->id), STORE_TEXT(session),
			  STORE_INT(SEMINAR_BOOKINGS_MAX));
	size_t count = 0;
	int step = query && booking ? 1 : -1;

	while (step == 1 && (step = store_step(query, err)) == 1)
		booking[count++] = booking_read(query, arena);
	store_done(query);
	if (step < 0)
		return -1;
	*ret = booking;
	*ret_count = count;
	return 0;
}

/* ---- who has to be told ---- */

int seminar_tell(struct store *store, struct sv booking, enum seminar_news news, struct err *err)
{
	return store_change(store, err,
			    "INSERT INTO booking_notice (booking, news) VALUES ($1, $2)",
			    STORE_TEXT(booking), STORE_INT(news));
}

int seminar_notice(struct store *store, struct arena *arena, struct seminar_notice *ret,
		   struct err *err)
{
	struct store_query *query =
		store_ask(store, err,
			  "SELECT " BOOKING_COLUMNS ", n.number, n.news FROM booking_notice n"
			  " JOIN booking b ON b.id = n.booking WHERE n.number > $1"
			  " ORDER BY n.number LIMIT 1",
			  STORE_INT(0));
	const int step = query ? store_step(query, err) : -1;

	if (step == 1)
		*ret = (struct seminar_notice){
			.number = store_int(query, 14),
			.news = (enum seminar_news)store_int(query, 15),
			.booking = booking_read(query, arena),
		};
	store_done(query);
	return step;
}

int seminar_told(struct store *store, int64_t number, struct err *err)
{
	return seminar_need(store, err) != 0
		       ? -1
		       : store_change(store, err, "DELETE FROM booking_notice WHERE number = $1",
				      STORE_INT(number));
}
