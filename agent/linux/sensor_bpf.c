#include "agent/linux/linux.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/linux/bpf/record.h"
#include "base/mem.h"
#include "hikeshi.skel.h"

/* Lost records are asked for at most so often. */
#define LOST_PERIOD_US UINT64_C(1000000)
#define PROCESSORS_MAX 1024

struct piece_program {
	const char *name;
	unsigned pieces; /* it is needed for one of them */
};

static const struct piece_program piece_program[] = {
	{ "learn", PIECES_ALL },
	{ "on_exec", PIECE_PROCESSES },
	{ "on_fork", PIECE_PROCESSES },
	{ "on_exit", PIECE_PROCESSES },
	{ "on_state", PIECE_NETWORK },
	{ "on_call", PIECE_FILES },
};
#define PROGRAMS (sizeof piece_program / sizeof *piece_program)

struct bpf {
	struct hikeshi_bpf *skeleton;
	struct bpf_link *link[PROGRAMS];
	struct ring_buffer *ring;
	struct sensor_sink sink;
	int64_t boot_offset_ns; /* real time - time since boot */
	uint64_t lost, lost_looked_us, urgent;
	uint64_t *lost_by_processor;
	int processors;
	char image[RECORD_PATH_BYTES + RECORD_COMPONENT_MAX + 16];
	char directory[RECORD_PATH_BYTES + RECORD_COMPONENT_MAX];
	char argv[RECORD_ARGV_MAX];
	char path[PLACE_PATH_MAX], source[PLACE_PATH_MAX];
};

/* ---- records into sightings ---- */

static struct instant instant_of(const struct bpf *bpf, uint64_t boot_ns)
{
	return (struct instant){ ((int64_t)boot_ns + bpf->boot_offset_ns) / 1000 };
}

static struct sighting begin(const struct bpf *bpf, const struct record_head *head,
			     enum sighting_kind kind)
{
	return (struct sighting){
		.kind = kind,
		.at = instant_of(bpf, head->boot_ns),
		.process = {
			.key = { head->pid, head->start_ns / PROCESS_TICK_NS },
			.parent = { head->parent_pid,
				    head->parent_pid ? head->parent_start_ns / PROCESS_TICK_NS : 0 },
			.uid = head->uid,
			.effective_uid = head->effective_uid,
			.session = head->session,
		},
	};
}

/* Components stand leaf first; to holds as many bytes as they have. */
static struct sv join_components(const char *from, size_t n, char *to)
{
	size_t at = n, used = 0;

	if (n == 0) {
		to[0] = '/';
		return (struct sv){ to, 1 };
	}
	/* "c\0b\0a\0" from its end: a, b, c. */
	while (at > 0) {
		size_t begin_at = --at;

		while (begin_at > 0 && from[begin_at - 1] != '\0')
			begin_at--;
		to[used++] = '/';
		memcpy(to + used, from + begin_at, at - begin_at);
		used += at - begin_at;
		at = begin_at;
	}
	return (struct sv){ to, used };
}

static void take_exec(struct bpf *bpf, const struct record_exec *record, size_t n)
{
	const size_t head = offsetof(struct record_exec, data);
	struct sighting sighting;
	const char *at;

	if (n < head || record->image_bytes > sizeof bpf->directory ||
	    record->directory_bytes > sizeof bpf->directory || record->argv_bytes > RECORD_ARGV_MAX ||
	    n - head != (size_t)record->image_bytes + record->directory_bytes + record->argv_bytes)
		return;
	sighting = begin(bpf, &record->head, SIGHTING_EXEC);
	at = record->data;
	sighting.process.image = join_components(at, record->image_bytes, bpf->image);
	if (record->head.flags & RECORD_IMAGE_DELETED) {
		memcpy(bpf->image + sighting.process.image.n, " (deleted)", 10);
		sighting.process.image.n += 10;
	}
	at += record->image_bytes;
	sighting.process.directory = join_components(at, record->directory_bytes, bpf->directory);
	at += record->directory_bytes;
	sighting.started = instant_of(bpf, record->head.start_ns);
	sighting.standard_input = standard_input_name(record->input_mode, record->input_device >> 20,
						      record->input_device & 0xfffff);
	sighting.image_elsewhere = record->head.flags & RECORD_IMAGE_ELSEWHERE;
	if (!(record->head.flags & RECORD_ARGV_UNREADABLE)) {
		memcpy(bpf->argv, at, record->argv_bytes);
		sighting.process.command_line =
			(struct sv){ bpf->argv, proc_join_argv(bpf->argv, record->argv_bytes) };
		if (record->head.flags & RECORD_ARGV_CUT)
			sighting.command_line_true = record->argv_true;
	}
	bpf->sink.see(bpf->sink.context, &sighting);
}

static void take_connect(struct bpf *bpf, const struct record_connect *record)
{
	struct sighting sighting = begin(bpf, &record->head, SIGHTING_CONNECT);

	sighting.udp = record->protocol == IPPROTO_UDP;
	sighting.ipv6 = record->family == AF_INET6;
	memcpy(sighting.local, record->local, sizeof sighting.local);
	memcpy(sighting.remote, record->remote, sizeof sighting.remote);
	sighting.local_port = record->local_port;
	sighting.remote_port = record->remote_port;
	bpf->sink.see(bpf->sink.context, &sighting);
}

static struct sv text_of(const struct record_text *text, char to[static PLACE_PATH_MAX])
{
	size_t n;

	if (text->from >= text->to || text->to > sizeof text->text ||
	    !place_straighten((struct sv){ text->text + text->from, text->to - text->from }, to, &n))
		return SV_NONE;
	return (struct sv){ to, n };
}

/* Only now can be said whether what was renamed or linked may be run. */
static bool is_program(struct sv path)
{
	char name[PLACE_PATH_MAX + 1];
	struct stat stat;

	memcpy(name, path.p, path.n);
	name[path.n] = '\0';
	return fstatat(AT_FDCWD, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(stat.st_mode) &&
	       (stat.st_mode & 0111);
}

static void take_file(struct bpf *bpf, const struct record_file *record)
{
	static const enum file_operation operation[] = {
		[RECORD_CREATED] = FILE_CREATED, [RECORD_WRITTEN] = FILE_WRITTEN,
		[RECORD_TRUNCATED] = FILE_TRUNCATED, [RECORD_RENAMED] = FILE_RENAMED,
		[RECORD_LINKED] = FILE_LINKED, [RECORD_UNLINKED] = FILE_DELETED,
		[RECORD_MODE] = FILE_EXECUTABLE,
	};
	struct sighting sighting = begin(bpf, &record->head, SIGHTING_FILE);
	const bool named = record->operation == RECORD_RENAMED || record->operation == RECORD_LINKED;

	if (record->operation == 0 || record->operation >= sizeof operation / sizeof *operation)
		return;
	sighting.operation = operation[record->operation];
	sighting.path = text_of(&record->path, bpf->path);
	sighting.source = text_of(&record->source, bpf->source);
	if (!sighting.path.p || (record->operation == RECORD_MODE && !(record->mode & 0111)))
		return;
	if (place_of(sighting.path) == PLACE_PROGRAM && record->operation != RECORD_UNLINKED &&
	    (named ? is_program(sighting.path) : record->mode & 0111))
		sighting.operation = FILE_EXECUTABLE;
	bpf->sink.see(bpf->sink.context, &sighting);
}

static int take(void *context, void *data, size_t n)
{
	struct bpf *bpf = context;
	const struct record_head *head = data;
	struct sighting sighting;

	if (n < sizeof *head)
		return 0;
	switch (head->kind) {
	case RECORD_EXEC:
		take_exec(bpf, data, n);
		break;
	case RECORD_FORK:
		sighting = begin(bpf, head, SIGHTING_FORK);
		bpf->sink.see(bpf->sink.context, &sighting);
		break;
	case RECORD_EXIT:
		if (n < sizeof(struct record_exit))
			break;
		sighting = begin(bpf, head, SIGHTING_EXIT);
		sighting.wait_status = ((const struct record_exit *)data)->code;
		bpf->sink.see(bpf->sink.context, &sighting);
		break;
	case RECORD_CONNECT:
		if (n >= sizeof(struct record_connect))
			take_connect(bpf, data);
		break;
	case RECORD_FILE:
		if (n >= sizeof(struct record_file))
			take_file(bpf, data);
		break;
	}
	return 0;
}

/* ---- loading ---- */

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

/* Opens and loads what the pieces need; NULL where the kernel refuses. */
static struct hikeshi_bpf *load(unsigned pieces, bool scope_namespace)
{
	struct hikeshi_bpf *skeleton = hikeshi_bpf__open();

	if (!skeleton)
		return NULL;
	skeleton->rodata->scope_namespace = scope_namespace;
	for (size_t i = 0; i < PROGRAMS; i++)
		bpf_program__set_autoload(
			bpf_object__find_program_by_name(skeleton->obj, piece_program[i].name),
			piece_program[i].pieces & pieces);
	if (hikeshi_bpf__load(skeleton) == 0)
		return skeleton;
	hikeshi_bpf__destroy(skeleton);
	return NULL;
}

/* All wanted pieces, or as many as this kernel takes. */
static struct hikeshi_bpf *load_some(unsigned wanted, bool scope_namespace, unsigned *ret_pieces)
{
	static const unsigned less[] = {
		PIECES_ALL, PIECE_PROCESSES | PIECE_NETWORK, PIECE_PROCESSES | PIECE_FILES,
		PIECE_PROCESSES, PIECE_NETWORK | PIECE_FILES, PIECE_NETWORK, PIECE_FILES,
	};
	unsigned tried = 0;

	for (size_t i = 0; i < sizeof less / sizeof *less; i++) {
		const unsigned pieces = wanted & less[i];
		struct hikeshi_bpf *skeleton;

		if (pieces == 0 || pieces == tried)
			continue;
		tried = pieces;
		skeleton = load(pieces, scope_namespace);
		if (skeleton) {
			*ret_pieces = pieces;
			return skeleton;
		}
		/* Without the right to load, or without types, less would not help. */
		if (errno == EPERM || errno == ESRCH || errno == ENOSYS)
			return NULL;
	}
	return NULL;
}

static int fill_maps(struct bpf *bpf, const struct sensor_options *options)
{
	static const uint32_t flags_of[] = {
		[PLACE_PERSISTENCE] = RECORD_PLACE_ALL, [PLACE_LOG] = RECORD_PLACE_LOG,
		[PLACE_PROGRAM] = RECORD_PLACE_EXEC, [PLACE_HISTORY] = RECORD_PLACE_LOG,
	};
	const int by_begin = bpf_map__fd(bpf->skeleton->maps.places);
	const int by_name = bpf_map__fd(bpf->skeleton->maps.names);
	const unsigned char yes = 1;

	for (size_t i = 0; i < place_count; i++) {
		const struct sv begin_text = sv_from(places[i].begin), end = sv_from(places[i].end);
		struct record_place_key key = { .bits = (uint32_t)begin_text.n * 8 };
		char name[RECORD_NAME_BYTES] = "";
		const uint32_t *flags = &flags_of[places[i].kind];
		struct sv rest = end;

		if (begin_text.n > 0 && begin_text.n <= sizeof key.text) {
			memcpy(key.text, begin_text.p, begin_text.n);
			if (bpf_map_update_elem(by_begin, &key, flags, BPF_ANY) < 0)
				return -1;
			continue;
		}
		/* Folders within .config are always let through by the program. */
		if (end.n == 0 || end.p[end.n - 1] == '/')
			continue;
		while (sv_find_char(rest, '/', 0) != SIZE_MAX)
			sv_cut(&rest, '/');
		if (rest.n >= sizeof name)
			continue;
		memcpy(name, rest.p, rest.n);
		if (bpf_map_update_elem(by_name, name, flags, BPF_ANY) < 0)
			return -1;
	}
	for (size_t i = 0; i < options->own_count; i++)
		if (bpf_map_update_elem(bpf_map__fd(bpf->skeleton->maps.own), &options->own[i], &yes,
					BPF_ANY) < 0)
			return -1;
	return 0;
}

/* Returns the pieces whose programs are all at work. */
static unsigned attach(struct bpf *bpf, unsigned pieces)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (bpf_prog_test_run_opts(bpf_program__fd(bpf->skeleton->progs.learn), &run) < 0 ||
	    run.retval != 0)
		return 0;
	for (size_t i = 1; i < PROGRAMS; i++) {
		if (!(piece_program[i].pieces & pieces))
			continue;
		bpf->link[i] = bpf_program__attach(
			bpf_object__find_program_by_name(bpf->skeleton->obj, piece_program[i].name));
		if (!bpf->link[i])
			pieces &= ~piece_program[i].pieces;
	}
	for (size_t i = 1; i < PROGRAMS; i++)
		if (bpf->link[i] && !(piece_program[i].pieces & pieces)) {
			bpf_link__destroy(bpf->link[i]);
			bpf->link[i] = NULL;
		}
	return pieces;
}

static void bpf_close(void *self)
{
	struct bpf *bpf = self;

	for (size_t i = 0; i < PROGRAMS; i++)
		bpf_link__destroy(bpf->link[i]);
	ring_buffer__free(bpf->ring);
	hikeshi_bpf__destroy(bpf->skeleton);
	free(bpf->lost_by_processor);
	free(bpf);
}

static void *bpf_open(const struct sensor_options *options, unsigned wanted, unsigned *ret_pieces,
		      struct err *err)
{
	struct bpf *bpf = mem_zalloc(sizeof *bpf);
	unsigned pieces = 0;

	bpf->sink = options->sink;
	libbpf_set_print(silent);
	bpf->skeleton = load_some(wanted, options->scope_namespace, &pieces);
	if (!bpf->skeleton) {
		err_errno(err, errno, "the kernel does not take BPF programs");
		goto fail;
	}
	bpf->processors = libbpf_num_possible_cpus();
	if (bpf->processors < 1 || bpf->processors > PROCESSORS_MAX)
		bpf->processors = PROCESSORS_MAX;
	bpf->lost_by_processor = mem_zalloc((size_t)bpf->processors * sizeof(uint64_t));
	bpf->ring = ring_buffer__new(bpf_map__fd(bpf->skeleton->maps.ring), take, bpf, NULL);
	if (!bpf->ring || fill_maps(bpf, options) < 0) {
		err_errno(err, errno, "setting up BPF maps");
		goto fail;
	}
	pieces = attach(bpf, pieces);
	if (pieces == 0) {
		err_errno(err, errno, "attaching BPF programs");
		goto fail;
	}
	/* Loading parsed the types of the whole kernel: megabytes that are free now. */
	malloc_trim(0);
	*ret_pieces = pieces;
	return bpf;
fail:
	bpf_close(bpf);
	return NULL;
}

static int bpf_fd(void *self)
{
	return bpf_map__fd(((struct bpf *)self)->skeleton->maps.ring);
}

static bool bpf_is_urgent(void *self)
{
	struct bpf *bpf = self;
	const uint64_t urgent = __atomic_load_n(&bpf->skeleton->bss->urgent, __ATOMIC_RELAXED);
	const bool news = urgent != bpf->urgent;

	bpf->urgent = urgent;
	return news;
}

static void look_for_lost(struct bpf *bpf)
{
	const uint64_t now = clock_monotonic_us();
	const uint32_t zero = 0;
	uint64_t lost = 0;

	if (now - bpf->lost_looked_us < LOST_PERIOD_US)
		return;
	bpf->lost_looked_us = now;
	if (bpf_map_lookup_elem(bpf_map__fd(bpf->skeleton->maps.lost), &zero,
				bpf->lost_by_processor) < 0)
		return;
	for (int i = 0; i < bpf->processors; i++)
		lost += bpf->lost_by_processor[i];
	if (lost > bpf->lost)
		bpf->sink.lost(bpf->sink.context, "ring", lost - bpf->lost);
	bpf->lost = lost;
}

static int bpf_serve(void *self, struct err *err)
{
	struct bpf *bpf = self;
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	bpf->boot_offset_ns = (real.tv_sec - boot.tv_sec) * INT64_C(1000000000) + real.tv_nsec -
			      boot.tv_nsec;
	if (ring_buffer__consume(bpf->ring) < 0)
		return err_set(err, ERR_IO, "reading the ring buffer of the BPF programs");
	look_for_lost(bpf);
	return 0;
}

const struct sensor_kind sensor_bpf = {
	.name = "bpf",
	.pieces = PIECES_ALL,
	.is_bpf = true,
	.gathers = true,
	.open = bpf_open,
	.fd = bpf_fd,
	.is_urgent = bpf_is_urgent,
	.serve = bpf_serve,
	.close = bpf_close,
};
