/*
 * kill.c - ends a process and all that descends from it. First everything is
 * stopped, so that nothing can fork away; who was born meanwhile is stopped in
 * the next round; when two rounds find nobody new, all are killed. A pidfd makes
 * sure that a number that was given again is never hit.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "agent/linux/station.h"
#include "base/mem.h"

#define KILL_MAX 4096      /* processes of one tree */
#define KILL_ROUNDS_MAX 20
#define KILL_QUIET_ROUNDS 2 /* one after another that find nobody new */
#define KILL_SETTLE_MS (SENSOR_GATHER_MS + 20) /* until the table knows the newest children */
#define KILL_WAIT_MS 2000

struct victim {
	struct process_key key;
	int pid_fd;
};

struct hunt {
	struct station *station;
	struct process_key root;
	struct victim victim[KILL_MAX];
	size_t count, spared;
	bool grown;
};

static bool is_victim(const struct hunt *hunt, uint32_t pid)
{
	for (size_t i = 0; i < hunt->count; i++)
		if (hunt->victim[i].key.pid == pid)
			return true;
	return false;
}

/* The first process, the agent, and whoever is the agent's own are never hit. */
static bool is_spared(struct hunt *hunt, struct process_key key)
{
	const struct process *process =
		process_find(observer_table(hunt->station->observer), key);

	return key.pid <= 1 || key.pid == (uint32_t)getpid() || key.pid == (uint32_t)getppid() ||
	       (process && process->own);
}

/* Stops it, if it is the one that is meant. */
static void take(struct hunt *hunt, struct process_key key)
{
	struct victim *victim = &hunt->victim[hunt->count];
	uint64_t start;

	if (is_victim(hunt, key.pid) || hunt->count == KILL_MAX)
		return;
	if (is_spared(hunt, key)) {
		hunt->spared++;
		return;
	}
	victim->pid_fd = pidfd_open((pid_t)key.pid, 0);
	if (victim->pid_fd < 0)
		return;
	start = proc_start(key.pid);
	/* Looked at after the descriptor is open: from here on it means this process. */
	if (start == 0 || (key.start && start != key.start) ||
	    pidfd_send_signal(victim->pid_fd, SIGSTOP, NULL, 0) < 0) {
		close(victim->pid_fd);
		return;
	}
	victim->key = (struct process_key){ key.pid, start };
	hunt->count++;
	hunt->grown = true;
}

/* A child of a victim that the table does not know (its event was lost). */
static void take_child(void *context, uint32_t pid)
{
	struct hunt *hunt = context;
	struct process_key key = { .pid = pid };
	uint32_t parent = 0;

	if (is_victim(hunt, pid) || !proc_parent(pid, &parent, &key.start))
		return;
	if (is_victim(hunt, parent))
		take(hunt, key);
}

static void take_round(struct hunt *hunt)
{
	struct process_key *tree = mem_alloc(KILL_MAX * sizeof *tree);
	struct process_table *table = observer_table(hunt->station->observer);
	size_t count;

	hunt->grown = false;
	hunt->spared = 0;
	pthread_mutex_lock(&hunt->station->table_lock);
	count = process_tree(table, hunt->root, tree, KILL_MAX);
	if (count == 0)
		take(hunt, hunt->root);
	for (size_t i = 0; i < count && i < KILL_MAX; i++)
		take(hunt, tree[i]);
	proc_each(take_child, hunt);
	pthread_mutex_unlock(&hunt->station->table_lock);
	free(tree);
}

static size_t kill_all(struct hunt *hunt)
{
	const uint64_t until = clock_monotonic_us() + KILL_WAIT_MS * UINT64_C(1000);
	size_t ended = 0;

	for (size_t i = 0; i < hunt->count; i++)
		pidfd_send_signal(hunt->victim[i].pid_fd, SIGKILL, NULL, 0);
	for (size_t i = 0; i < hunt->count; i++) {
		struct pollfd item = { .fd = hunt->victim[i].pid_fd, .events = POLLIN };
		const uint64_t now = clock_monotonic_us();

		ended += poll(&item, 1, now < until ? (int)((until - now) / 1000) + 1 : 0) > 0;
	}
	return ended;
}

static void sleep_ms(long ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

int kill_tree(struct station *station, struct sv guid, struct kill_report *ret, struct err *err)
{
	struct hunt *hunt;
	struct process_key root;
	size_t ended;

	if (!guid_parse(guid, &station->boot, &root))
		return err_set(err, ERR_NOT_FOUND,
			       "the process is none of this host since it was started: %.*s",
			       SV_ARG(sv_slice(guid, 0, GUID_TEXT_MAX)));
	/* Without its start a number that was given again could not be told apart. */
	if (root.start == 0)
		return err_set(err, ERR_NOT_FOUND, "it is not known when the process was started");
	if (root.pid == 1)
		return err_set(err, ERR_DENIED, "the first process of the host is never ended");
	hunt = mem_zalloc(sizeof *hunt);
	hunt->station = station;
	hunt->root = root;
	for (unsigned round = 0, quiet = 0; round < KILL_ROUNDS_MAX; round++) {
		/* Records gather before they are served; a fast tree is ahead of the table then. */
		station_drain(station);
		take_round(hunt);
		quiet = hunt->grown ? 0 : quiet + 1;
		if (quiet == KILL_QUIET_ROUNDS)
			break;
		sleep_ms(KILL_SETTLE_MS);
	}
	ended = kill_all(hunt);
	*ret = (struct kill_report){ ended, hunt->spared, hunt->count - ended };
	for (size_t i = 0; i < hunt->count; i++)
		close(hunt->victim[i].pid_fd);
	free(hunt);
	if (ret->alive > 0)
		return err_set(err, ERR_UNAVAILABLE, "%zu of %zu processes did not end", ret->alive,
			       ret->alive + ret->killed);
	if (ret->killed == 0)
		return ret->spared > 0
			       ? err_set(err, ERR_DENIED, "it belongs to the agent, which never ends itself")
			       : err_set(err, ERR_NOT_FOUND, "it had ended already, and nothing of it is left");
	return 0;
}
