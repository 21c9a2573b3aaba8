/*
 * sensor_connector.c - processes without BPF: the kernel's process connector
 * tells numbers, /proc the rest. A program that ends at once may be gone before
 * it can be read; its event then lacks what could not be read.
 */
#include "agent/linux/linux.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

/* Bytes that may wait in the socket: bursts of some ten thousand events. */
#define CONNECTOR_ROOM (4 << 20)
#define CONNECTOR_BATCH_MAX 1024 /* messages of one round, so that others get their turn */
#define CONNECTOR_ANSWER_MS 500

struct connector {
	int fd;
	struct sensor_sink sink;
	bool scope_namespace;
	uint64_t pid_namespace;
	int64_t boot_offset_ns, real_offset_ns; /* from the monotonic clock */
	struct proc_room room;
};

static int subscribe(int fd, enum proc_cn_mcast_op op)
{
	struct {
		struct nlmsghdr head;
		char rest[NLMSG_ALIGN(sizeof(struct cn_msg)) + sizeof(enum proc_cn_mcast_op)];
	} request = { .head = { .nlmsg_type = NLMSG_DONE } };
	struct cn_msg message = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof op };

	request.head.nlmsg_len = NLMSG_LENGTH(sizeof message + sizeof op);
	memcpy(request.rest, &message, sizeof message);
	memcpy(request.rest + sizeof message, &op, sizeof op);
	return send(fd, &request, request.head.nlmsg_len, 0) < 0 ? -1 : 0;
}

/*
 * The kernel answers a wrong request with silence (another pid or network
 * namespace), so only an acknowledgement or an event proves that it listens.
 */
static bool is_answered(int fd)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };

	return poll(&item, 1, CONNECTOR_ANSWER_MS) > 0;
}

static void connector_close(void *self)
{
	struct connector *connector = self;

	if (connector->fd >= 0) {
		subscribe(connector->fd, PROC_CN_MCAST_IGNORE);
		close(connector->fd);
	}
	free(connector);
}

static void *connector_open(const struct sensor_options *options, unsigned wanted,
			    unsigned *ret_pieces, struct err *err)
{
	struct connector *connector = mem_zalloc(sizeof *connector);
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	const int room = CONNECTOR_ROOM;

	connector->sink = options->sink;
	connector->scope_namespace = options->scope_namespace;
	connector->pid_namespace = proc_namespace((uint32_t)getpid(), "pid");
	connector->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (connector->fd < 0 ||
	    bind(connector->fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
	    subscribe(connector->fd, PROC_CN_MCAST_LISTEN) < 0) {
		err_errno(err, errno, "opening the process connector");
		connector_close(connector);
		return NULL;
	}
	setsockopt(connector->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	if (!is_answered(connector->fd)) {
		err_set(err, ERR_UNAVAILABLE,
			"the process connector is silent: it serves only the first pid and network namespace");
		connector_close(connector);
		return NULL;
	}
	*ret_pieces = PIECE_PROCESSES;
	return connector;
}

static int connector_fd(void *self)
{
	return ((struct connector *)self)->fd;
}

static uint64_t ticks_of(const struct connector *connector, uint64_t mono_ns)
{
	return (uint64_t)((int64_t)mono_ns + connector->boot_offset_ns) / PROCESS_TICK_NS;
}

/* Numbers of the connector are those of the first namespace: the agent's, or it does not listen. */
static bool in_scope(const struct connector *connector, uint32_t pid)
{
	return !connector->scope_namespace ||
	       proc_namespace(pid, "pid") == connector->pid_namespace;
}

static void take_fork(struct connector *connector, const struct proc_event *event,
		      struct sighting *sighting)
{
	const uint32_t child = (uint32_t)event->event_data.fork.child_tgid;

	if (event->event_data.fork.child_pid != event->event_data.fork.child_tgid)
		return; /* a thread */
	sighting->kind = SIGHTING_FORK;
	sighting->process.key.pid = child;
	sighting->process.key.start = proc_start(child);
	if (sighting->process.key.start == 0)
		sighting->process.key.start = ticks_of(connector, event->timestamp_ns);
	sighting->process.parent.pid = (uint32_t)event->event_data.fork.parent_tgid;
	sighting->process.session = UINT32_MAX;
	if (in_scope(connector, child))
		connector->sink.see(connector->sink.context, sighting);
}

static void take_exec(struct connector *connector, const struct proc_event *event,
		      struct sighting *sighting)
{
	const uint32_t pid = (uint32_t)event->event_data.exec.process_tgid;

	sighting->kind = SIGHTING_EXEC;
	sighting->standard_input = proc_standard_input(pid);
	if (!proc_read(pid, &connector->room, &sighting->process)) {
		/* Gone already. That it was there is still told. */
		sighting->process.key.pid = pid;
		sighting->process.session = UINT32_MAX;
	} else if (connector->room.argv_true > PROC_ARGV_MAX) {
		sighting->command_line_true = connector->room.argv_true;
	}
	sighting->started = proc_started(sighting->process.key.start);
	if (in_scope(connector, pid))
		connector->sink.see(connector->sink.context, sighting);
}

static void take(struct connector *connector, const struct proc_event *event)
{
	struct sighting sighting = {
		.at = { ((int64_t)event->timestamp_ns + connector->real_offset_ns) / 1000 },
	};

	switch ((unsigned)event->what) {
	case PROC_EVENT_FORK:
		take_fork(connector, event, &sighting);
		break;
	case PROC_EVENT_EXEC:
		take_exec(connector, event, &sighting);
		break;
	case PROC_EVENT_EXIT:
		if (event->event_data.exit.process_pid != event->event_data.exit.process_tgid)
			break;
		sighting.kind = SIGHTING_EXIT;
		sighting.process.key.pid = (uint32_t)event->event_data.exit.process_tgid;
		sighting.wait_status = event->event_data.exit.exit_code;
		connector->sink.see(connector->sink.context, &sighting);
		break;
	default:
		break;
	}
}

static void take_datagram(struct connector *connector, char *bytes, size_t n)
{
	/* The buffer is aligned for a header, and NLMSG_NEXT keeps to that. */
	for (struct nlmsghdr *head = (void *)bytes; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n)) {
		struct cn_msg message;
		struct proc_event event = { 0 };
		size_t length;

		if (head->nlmsg_len < NLMSG_LENGTH(sizeof message))
			continue;
		memcpy(&message, NLMSG_DATA(head), sizeof message);
		length = head->nlmsg_len - NLMSG_LENGTH(sizeof message);
		if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC ||
		    length < offsetof(struct proc_event, event_data))
			continue;
		if (length > sizeof event)
			length = sizeof event;
		memcpy(&event, (char *)NLMSG_DATA(head) + sizeof message, length);
		take(connector, &event);
	}
}

static void set_offsets(struct connector *connector)
{
	struct timespec mono, boot, real;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &real);
	connector->boot_offset_ns = (boot.tv_sec - mono.tv_sec) * INT64_C(1000000000) +
				    boot.tv_nsec - mono.tv_nsec;
	connector->real_offset_ns = (real.tv_sec - mono.tv_sec) * INT64_C(1000000000) +
				    real.tv_nsec - mono.tv_nsec;
}

static int connector_serve(void *self, struct err *err)
{
	struct connector *connector = self;
	_Alignas(struct nlmsghdr) char bytes[4096];
	struct sockaddr_nl from;

	set_offsets(connector);
	for (unsigned i = 0; i < CONNECTOR_BATCH_MAX; i++) {
		socklen_t size = sizeof from;
		const ssize_t n = recvfrom(connector->fd, bytes, sizeof bytes, 0,
					   (struct sockaddr *)&from, &size);

		if (n < 0 && errno == ENOBUFS) {
			/* How many is not told; at least one. */
			connector->sink.lost(connector->sink.context, "connector", 1);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return err_errno(err, n ? errno : EIO, "reading the process connector");
		if (from.nl_pid == 0) /* only the kernel's word counts */
			take_datagram(connector, bytes, (size_t)n);
	}
	return 1;
}

const struct sensor_kind sensor_connector = {
	.name = "connector",
	.pieces = PIECE_PROCESSES,
	.open = connector_open,
	.fd = connector_fd,
	.serve = connector_serve,
	.close = connector_close,
};
