#include "agent/linux/station.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static struct sv user_of(void *context, uint32_t uid)
{
	return users_name(((struct station *)context)->users, uid);
}

static bool image_of(void *context, const struct sighting *sighting, struct image_key *ret, int *ret_fd)
{
	return images_look(((struct station *)context)->images, sighting, ret, ret_fd);
}

static bool look_at(void *context, struct process_key key, struct process_facts *ret)
{
	struct station *station = context;
	struct process_facts facts;

	if (!proc_read(key.pid, &station->room, &facts) || (key.start && facts.key.start != key.start))
		return false;
	*ret = facts;
	return true;
}

static void see(void *context, const struct sighting *sighting)
{
	observer_see(((struct station *)context)->observer, sighting);
}

static void lose(void *context, const char *where, uint64_t count)
{
	struct station *station = context;

	atomic_fetch_add(&station->lost, count);
	snprintf(station->lost_where, sizeof station->lost_where, "%s", where);
}

static void mark_own(struct station *station, const struct station_options *options)
{
	struct process_table *table = observer_table(station->observer);

	for (size_t i = 0; i < options->own_count; i++)
		process_mark_own(table, (struct process_key){ options->own[i], 0 });
}

static struct observer *make_observer(struct station *station)
{
	const struct observer_options options = {
		.user = user_of, .image = image_of, .look = look_at, .context = station,
		.processes_max = PROCESSES_MAX, .boot = station->boot, .outbox = station->outbox,
		.images = station->images,
	};

	return observer_new(&options);
}

/* First the sensors, then /proc: what begins between both is seen by both. */
static int open_sensors(struct station *station, struct err *err)
{
	struct sensor_options sensors = {
		.choice = station->options.choice, .scope_namespace = station->options.scope_namespace,
		.own_count = station->options.own_count, .sink = { see, lose, station },
		.users = station->users,
	};

	memcpy(sensors.own, station->options.own, sizeof sensors.own);
	station->sensors = sensors_open(&sensors, err);
	if (!station->sensors)
		return -1;
	proc_prime(observer_table(station->observer));
	mark_own(station, &station->options);
	return 0;
}

int station_open(struct station *station, const struct station_options *options, struct err *err)
{
	*station = (struct station){ .options = *options, .swept_us = clock_monotonic_us() };
	pthread_mutex_init(&station->table_lock, NULL);
	if (!proc_boot_id(&station->boot)) {
		err_set(err, ERR_UNAVAILABLE, "/proc is not there or cannot be read");
		return err_hint(err, "mount it: mount -t proc proc /proc");
	}
	station->users = users_new("/etc/passwd");
	station->images = image_cache_new(IMAGES_MAX);
	station->outbox = outbox_new(OUTBOX_EVENTS_MAX, OUTBOX_BYTES_MAX);
	station->observer = make_observer(station);
	return options->resting ? 0 : open_sensors(station, err);
}

void station_rest(struct station *station)
{
	station_drain(station);
	pthread_mutex_lock(&station->table_lock);
	sensors_close(station->sensors);
	station->sensors = NULL;
	pthread_mutex_unlock(&station->table_lock);
}

int station_wake(struct station *station, struct err *err)
{
	int result;

	pthread_mutex_lock(&station->table_lock);
	observer_free(station->observer);
	station->observer = make_observer(station);
	result = open_sensors(station, err);
	pthread_mutex_unlock(&station->table_lock);
	return result;
}

int station_fd(const struct station *station)
{
	return station->sensors ? sensors_fd(station->sensors) : -1;
}

int station_wait_ms(const struct station *station)
{
	return station->sensors ? sensors_wait_ms(station->sensors) : -1;
}

const char *station_kind(const struct station *station)
{
	return station->sensors ? sensors_kind(station->sensors) : "none";
}

size_t station_describe(const struct station *station, char ret[static 3][SENSOR_TEXT_MAX])
{
	return station->sensors ? sensors_describe(station->sensors, ret) : 0;
}

void station_close(struct station *station)
{
	sensors_close(station->sensors);
	observer_free(station->observer);
	outbox_free(station->outbox);
	image_cache_free(station->images);
	users_free(station->users);
	pthread_mutex_destroy(&station->table_lock);
}

static bool is_alive(void *context, struct process_key key)
{
	const uint64_t start = proc_start(key.pid);

	return start && (key.start == 0 || start == key.start);
}

static void sweep(struct station *station)
{
	const uint64_t now = clock_monotonic_us();

	if (now - station->swept_us < STATION_SWEEP_SECONDS * UINT64_C(1000000))
		return;
	station->swept_us = now;
	process_sweep(observer_table(station->observer), is_alive, NULL);
}

void station_serve(struct station *station)
{
	pthread_mutex_lock(&station->table_lock);
	if (station->sensors)
		sensors_serve(station->sensors);
	sweep(station);
	pthread_mutex_unlock(&station->table_lock);
}

void station_drain(struct station *station)
{
	pthread_mutex_lock(&station->table_lock);
	if (station->sensors)
		sensors_drain(station->sensors);
	pthread_mutex_unlock(&station->table_lock);
}

bool station_step(struct station *station, int fd, int wait_ms)
{
	struct pollfd item[2] = {
		{ .fd = station_fd(station), .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	const int due = station_wait_ms(station);

	if (due >= 0 && (wait_ms < 0 || due < wait_ms))
		wait_ms = due;
	poll(item, 2, wait_ms);
	station_serve(station);
	return item[1].revents != 0;
}

void station_report_lost(struct station *station)
{
	const struct instant now = clock_now(clock_real());
	const uint64_t sensor = atomic_exchange(&station->lost, 0);
	const uint64_t queue = outbox_lost(station->outbox);

	if (sensor > 0)
		report(station->outbox, now, SV("events_lost"),
		       (const struct report_field[]){ REPORT_NUMBER("Count", sensor),
						      REPORT_TEXT("Where", sv_from(station->lost_where)) },
		       2, true);
	if (queue > 0)
		report(station->outbox, now, SV("events_lost"),
		       (const struct report_field[]){ REPORT_NUMBER("Count", queue),
						      REPORT_TEXT("Where", SV("queue")) },
		       2, true);
}
