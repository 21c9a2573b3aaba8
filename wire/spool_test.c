#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "wire/spool_file.h"

#define LINE "{\"Image\":\"/bin/true\"}\n"

struct fixture {
	char root[64], folder[96];
	struct spool *spool;
	struct err err;
};

static const struct spool_options roomy = { .bytes_max = 64 << 20 };

static void start(struct fixture *f)
{
	*f = (struct fixture){ .root = "/tmp/spool_test.XXXXXX", .err = ERR_INIT };
	CHECK(mkdtemp(f->root) != NULL);
	snprintf(f->folder, sizeof f->folder, "%s/spool", f->root);
}

static void begin(struct fixture *f, const struct spool_options *options)
{
	f->spool = spool_open(f->folder, options, &f->err);
	CHECK(f->spool != NULL);
	if (f->spool == NULL)
		printf("# %s\n", f->err.text);
}

static void again(struct fixture *f, const struct spool_options *options)
{
	spool_close(f->spool);
	begin(f, options);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void stop(struct fixture *f)
{
	spool_close(f->spool);
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int append(struct fixture *f)
{
	return spool_append(f->spool, SV(LINE), 1, &f->err);
}

static uint64_t next_sequence(struct fixture *f)
{
	struct spool_batch batch;

	return spool_next(f->spool, &batch, &f->err) == 1 ? batch.sequence : 0;
}

static void send_one(struct fixture *f)
{
	struct spool_batch batch;

	CHECK_INT(spool_next(f->spool, &batch, &f->err), 1);
	CHECK_INT(spool_sent(f->spool, &batch, &f->err), 0);
}

TEST(order_and_content)
{
	struct fixture f;
	struct spool_batch batch;
	struct buf lines;

	start(&f);
	begin(&f, &roomy);
	CHECK_INT(spool_next(f.spool, &batch, &f.err), 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(append(&f), 0);
	for (uint64_t i = 1; i <= 3; i++) {
		CHECK_INT(next_sequence(&f), i); /* the same until it is sent */
		REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
		CHECK_INT(batch.sequence, i);
		CHECK_INT(batch.count, 1);
		buf_init(&lines, 4096);
		CHECK_INT(wire_unpack(batch.packed, &lines, &f.err), 0);
		CHECK_SV(buf_sv(&lines), SV(LINE));
		buf_done(&lines);
		CHECK_INT(spool_sent(f.spool, &batch, &f.err), 0);
		CHECK_INT(spool_sent(f.spool, &batch, NULL), -1); /* not twice */
	}
	CHECK_INT(spool_statistics(f.spool).batches, 0);
	CHECK_INT(spool_statistics(f.spool).bytes, 0);
	stop(&f);
}

/* Sequence numbers are never used again, epoch stays, over restarts. */
TEST(reopen)
{
	struct fixture f;
	struct spool_batch batch;
	struct uuid epoch;

	start(&f);
	begin(&f, &roomy);
	append(&f);
	append(&f);
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	epoch = batch.epoch;
	send_one(&f);
	again(&f, &roomy);
	CHECK_INT(next_sequence(&f), 2);
	send_one(&f); /* now empty, the last number is known by its marker only */
	again(&f, &roomy);
	CHECK_INT(next_sequence(&f), 0);
	append(&f);
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	CHECK_INT(batch.sequence, 3);
	CHECK(memcmp(&batch.epoch, &epoch, sizeof epoch) == 0);
	stop(&f);
}

TEST(a_new_folder_is_a_new_epoch)
{
	struct fixture f;
	struct spool_batch a, b;
	struct uuid first;

	start(&f);
	begin(&f, &roomy);
	append(&f);
	REQUIRE(spool_next(f.spool, &a, &f.err) == 1);
	first = a.epoch;
	spool_close(f.spool);
	nftw(f.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	begin(&f, &roomy);
	append(&f);
	REQUIRE(spool_next(f.spool, &b, &f.err) == 1);
	CHECK_INT(b.sequence, 1);
	CHECK(memcmp(&first, &b.epoch, sizeof first) != 0);
	stop(&f);
}

TEST(one_process)
{
	struct fixture f;
	struct spool *second;

	start(&f);
	begin(&f, &roomy);
	second = spool_open(f.folder, &roomy, &f.err);
	CHECK(second == NULL);
	CHECK_INT(f.err.code, ERR_CONFLICT);
	spool_close(second);
	stop(&f);
}

static void batch_path(const struct fixture *f, uint64_t n, const char *suffix, char path[static 160])
{
	snprintf(path, 160, "%s/%020" PRIu64 "%s", f->folder, n, suffix);
}

/* Every kind of damage: the file is set aside and counted, the next one goes. */
TEST(damage)
{
	enum { CUT, EMPTY, LONGER, FLIP_HEAD, FLIP_BODY, LINK, FOLDER, KIND_COUNT };

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct fixture f;
		char path[160];
		struct stat st;
		uint8_t byte = 0;
		int fd;

		start(&f);
		begin(&f, &roomy);
		append(&f);
		append(&f);
		batch_path(&f, 1, ".batch", path);
		stat(path, &st);
		fd = open(path, O_RDWR);
		switch (kind) {
		case CUT:
			CHECK_INT(ftruncate(fd, st.st_size - 1), 0);
			break;
		case EMPTY:
			CHECK_INT(ftruncate(fd, 0), 0);
			break;
		case LONGER:
			CHECK_INT(pwrite(fd, &byte, 1, st.st_size), 1);
			break;
		case FLIP_HEAD:
			CHECK_INT(pread(fd, &byte, 1, 25), 1);
			byte ^= 1;
			CHECK_INT(pwrite(fd, &byte, 1, 25), 1);
			break;
		case FLIP_BODY:
			CHECK_INT(pread(fd, &byte, 1, SPOOL_HEADER_SIZE + 9), 1);
			byte ^= 1;
			CHECK_INT(pwrite(fd, &byte, 1, SPOOL_HEADER_SIZE + 9), 1);
			break;
		case LINK:
			unlink(path);
			CHECK_INT(symlink("/etc/passwd", path), 0);
			break;
		case FOLDER:
			unlink(path);
			CHECK_INT(mkdir(path, 0700), 0);
			break;
		}
		close(fd);
		again(&f, &roomy);
		if (kind == FOLDER) { /* cannot be read: an error, not a loss */
			CHECK_INT(next_sequence(&f), 0);
		} else {
			CHECK_INT(next_sequence(&f), 2);
			CHECK_INT(spool_statistics(f.spool).damaged, 1);
			batch_path(&f, 1, ".damaged", path);
			CHECK_INT(lstat(path, &st), 0);
		}
		stop(&f);
	}
}

/* A file under another number than the one inside is damaged, too. */
TEST(renamed_file)
{
	struct fixture f;
	char from[160], to[160];

	start(&f);
	begin(&f, &roomy);
	append(&f);
	batch_path(&f, 1, ".batch", from);
	batch_path(&f, 5, ".batch", to);
	CHECK_INT(rename(from, to), 0);
	again(&f, &roomy);
	CHECK_INT(next_sequence(&f), 0);
	CHECK_INT(spool_statistics(f.spool).damaged, 1);
	CHECK_INT(append(&f), 0);
	CHECK_INT(next_sequence(&f), 6);
	stop(&f);
}

TEST(full)
{
	struct fixture f;
	struct spool_options small = { .bytes_max = 3 * 160 };
	int n = 0;

	start(&f);
	begin(&f, &small);
	while (n < 100 && append(&f) == 0)
		n++;
	CHECK(n >= 2 && n < 10);
	CHECK_INT(f.err.code, ERR_FULL);
	CHECK_INT(spool_statistics(f.spool).batches, n);
	send_one(&f);
	CHECK_INT(append(&f), 0);
	CHECK_INT(spool_statistics(f.spool).dropped_batches, 0);
	stop(&f);
}

TEST(drop_oldest)
{
	struct fixture f;
	struct spool_options small = { .bytes_max = 3 * 160, .drop_oldest = true };
	struct spool_batch sending;

	start(&f);
	begin(&f, &small);
	append(&f);
	REQUIRE(spool_next(f.spool, &sending, &f.err) == 1);
	for (int i = 0; i < 20; i++)
		CHECK_INT(append(&f), 0);
	CHECK(spool_statistics(f.spool).dropped_batches >= 10);
	CHECK_INT(spool_statistics(f.spool).dropped_events,
		  spool_statistics(f.spool).dropped_batches);
	/* what is being sent was not dropped, and can be ended */
	CHECK_INT(spool_sent(f.spool, &sending, &f.err), 0);
	CHECK(next_sequence(&f) > 10);
	stop(&f);
}

TEST(append_bounds)
{
	struct fixture f;
	struct buf lines;
	struct spool_options tiny = { .bytes_max = 64 };

	start(&f);
	begin(&f, &roomy);
	buf_init(&lines, 1 << 20);
	for (int i = 0; i < WIRE_BATCH_EVENTS_MAX; i++)
		buf_put_sv(&lines, SV("{}\n"));
	CHECK_INT(spool_append(f.spool, buf_sv(&lines), WIRE_BATCH_EVENTS_MAX, &f.err), 0);
	buf_put_sv(&lines, SV("{}\n"));
	CHECK_INT(spool_append(f.spool, buf_sv(&lines), WIRE_BATCH_EVENTS_MAX + 1, &f.err), -1);
	CHECK_INT(f.err.code, ERR_TOO_LARGE);
	CHECK_INT(spool_append(f.spool, SV(LINE), 2, &f.err), -1);
	CHECK_INT(f.err.code, ERR_USAGE);
	CHECK_INT(spool_append(f.spool, SV("{}"), 1, &f.err), -1);
	CHECK_INT(spool_append(f.spool, SV("{}\n{}"), 1, &f.err), -1);
	CHECK_INT(spool_append(f.spool, SV_NONE, 0, &f.err), -1);
	buf_clear(&lines);
	for (unsigned i = 0; i < WIRE_LINE_MAX; i++)
		buf_put_char(&lines, 'x');
	buf_put_char(&lines, '\n');
	CHECK_INT(spool_append(f.spool, buf_sv(&lines), 1, &f.err), 0);
	lines.p[WIRE_LINE_MAX] = 'x';
	buf_put_char(&lines, '\n');
	CHECK_INT(spool_append(f.spool, buf_sv(&lines), 1, &f.err), -1);
	CHECK_INT(f.err.code, ERR_TOO_LARGE);
	buf_done(&lines);
	again(&f, &tiny);
	CHECK_INT(append(&f), -1);
	CHECK_INT(f.err.code, ERR_TOO_LARGE);
	stop(&f);
}

TEST(reject)
{
	struct fixture f;
	struct spool_batch batch;
	char path[160];
	struct stat st;

	start(&f);
	begin(&f, &roomy);
	for (int i = 0; i < SPOOL_ASIDE_MAX + 3; i++) {
		append(&f);
		REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
		CHECK_INT(spool_reject(f.spool, &batch, &f.err), 0);
	}
	CHECK_INT(spool_statistics(f.spool).rejected, SPOOL_ASIDE_MAX + 3);
	CHECK_INT(spool_statistics(f.spool).batches, 0);
	for (uint64_t i = 1; i <= SPOOL_ASIDE_MAX + 3; i++) {
		batch_path(&f, i, ".rejected", path);
		CHECK_INT(stat(path, &st) == 0, i > 3);
	}
	again(&f, &roomy);
	append(&f);
	CHECK_INT(next_sequence(&f), SPOOL_ASIDE_MAX + 4);
	stop(&f);
}

/* An old copy of the folder: conflicts lead into one new epoch. */
TEST(rekey)
{
	struct fixture f;
	struct spool_batch batch;
	struct uuid first, second;

	start(&f);
	begin(&f, &roomy);
	append(&f);
	append(&f);
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	first = batch.epoch;
	CHECK_INT(spool_rekey(f.spool, &batch, &f.err), 0);
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	second = batch.epoch;
	CHECK_INT(batch.sequence, 1);
	CHECK(memcmp(&first, &second, sizeof first) != 0);
	CHECK_INT(spool_sent(f.spool, &batch, &f.err), 0);
	/* the second batch still has the old epoch, conflicts, and follows */
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	CHECK(memcmp(&first, &batch.epoch, sizeof first) == 0);
	CHECK_INT(spool_rekey(f.spool, &batch, &f.err), 0);
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	CHECK(memcmp(&second, &batch.epoch, sizeof first) == 0);
	CHECK_INT(spool_sent(f.spool, &batch, &f.err), 0);
	again(&f, &roomy);
	append(&f);
	REQUIRE(spool_next(f.spool, &batch, &f.err) == 1);
	CHECK(memcmp(&second, &batch.epoch, sizeof first) == 0);
	stop(&f);
}

/* kill -9 of the appending process: what it had reported is there, whole. */
TEST(killed_while_appending)
{
	for (int round = 0; round < 8; round++) {
		struct fixture f;
		int channel[2];
		uint64_t reported = 0, last = 0, sequence, n = 0;
		pid_t child;

		start(&f);
		REQUIRE(pipe(channel) == 0);
		child = fork();
		if (child == 0) {
			struct spool *spool = spool_open(f.folder, &roomy, NULL);

			for (uint64_t i = 1; spool_append(spool, SV(LINE), 1, NULL) == 0; i++) {
				if (write(channel[1], &i, sizeof i) != sizeof i)
					break;
			}
			_exit(1);
		}
		close(channel[1]);
		/* However slow the machine, it is killed after the first line, not before. */
		CHECK(read(channel[0], &reported, sizeof reported) == sizeof reported);
		usleep(20000 + 7000 * (useconds_t)round);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(channel[0], &last, sizeof last) == sizeof last)
			reported = last;
		close(channel[0]);
		begin(&f, &roomy);
		while ((sequence = next_sequence(&f)) != 0) {
			CHECK_INT(sequence, ++n);
			send_one(&f);
		}
		CHECK(n == reported || n == reported + 1);
		CHECK(n > 0);
		CHECK_INT(spool_statistics(f.spool).damaged, 0);
		stop(&f);
	}
}

static void *append_many(void *context)
{
	struct spool *spool = context;

	for (int i = 0; i < 200; i++)
		CHECK_INT(spool_append(spool, SV(LINE), 1, NULL), 0);
	return NULL;
}

TEST(appending_while_sending)
{
	struct fixture f;
	pthread_t thread;
	uint64_t sent = 0;

	start(&f);
	begin(&f, &roomy);
	REQUIRE(pthread_create(&thread, NULL, append_many, f.spool) == 0);
	for (int tries = 0; sent < 200 && tries < 100000; tries++) {
		struct spool_batch batch;

		if (spool_next(f.spool, &batch, &f.err) != 1) {
			usleep(100);
			continue;
		}
		CHECK_INT(batch.sequence, ++sent);
		CHECK_INT(spool_sent(f.spool, &batch, &f.err), 0);
	}
	pthread_join(thread, NULL);
	CHECK_INT(sent, 200);
	stop(&f);
}

/* A full disk: nothing half is left, and it goes on once there is room. */
TEST(disk_full)
{
	const struct spool_options dropping = { .bytes_max = 64 << 20, .drop_oldest = true };
	struct fixture f;
	char noise[40000];
	int n = 0;

	start(&f);
	if (mount("none", f.root, "tmpfs", 0, "size=256k") != 0) {
		stop(&f);
		SKIP("needs the right to mount a tmpfs");
	}
	begin(&f, &roomy);
	while (n < 1000) {
		random_bytes(noise, sizeof noise);
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (char)(33 + (uint8_t)noise[i] % 90);
		noise[sizeof noise - 1] = '\n';
		if (spool_append(f.spool, (struct sv){ noise, sizeof noise }, 1, &f.err) != 0)
			break;
		n++;
	}
	CHECK(n >= 2 && n < 10);
	CHECK_INT(f.err.code, ERR_FULL);
	CHECK_INT(spool_statistics(f.spool).batches, n);
	again(&f, &roomy);
	CHECK_INT(spool_statistics(f.spool).batches, n);
	send_one(&f);
	send_one(&f);
	CHECK_INT(spool_append(f.spool, (struct sv){ noise, sizeof noise }, 1, &f.err), 0);
	again(&f, &dropping);
	for (int i = 0; i < 10; i++)
		CHECK_INT(spool_append(f.spool, (struct sv){ noise, sizeof noise }, 1, &f.err), 0);
	CHECK(spool_statistics(f.spool).dropped_batches > 0);
	spool_close(f.spool);
	f.spool = NULL;
	umount(f.root);
	stop(&f);
}
