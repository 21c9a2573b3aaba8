#include "detect/cache.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define IMAGE_AT 4096 /* in the file: behind the head */
#define MAGIC UINT64_C(0x3148434143534b48)

/* Where the program lies: names by the linker. */
extern const char __executable_start[], etext[], end[];

struct head {
	uint64_t magic, checksum; /* of all behind this word */
	struct sha256 key;
	uint64_t bytes;		  /* of the image */
	uint64_t pointers, texts; /* places in the image; then places of the program */
	uint64_t root;
};
static_assert(sizeof(struct head) <= IMAGE_AT, "the head fits in front of the image");

/* What of struct ruleset is kept. */
#define ROOT_BYTES offsetof(struct ruleset, image)

struct segment {
	const char *p;
	size_t n;
	uint64_t at; /* in the image */
};

struct image {
	struct segment segment[CACHE_SEGMENTS_MAX];
	size_t count;
	uint64_t bytes;
	bool full;
};

static uint64_t checksum(uint64_t sum, const void *p, size_t n)
{
	const char *byte = p;
	uint64_t word;

	for (; n >= sizeof word; n -= sizeof word, byte += sizeof word) {
		memcpy(&word, byte, sizeof word);
		sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
		sum ^= sum >> 29;
	}
	word = 0;
	memcpy(&word, byte, n);
	return (sum ^ word ^ n) * UINT64_C(0xD6E8FEB86659FD93);
}

uint64_t cache_program(void)
{
	return checksum(1, __executable_start, (size_t)(etext - __executable_start));
}

/* ---- writing ---- */

static void add(struct image *image, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (image->count == CACHE_SEGMENTS_MAX || image->bytes + n > CACHE_BYTES_MAX) {
		image->full = true;
		return;
	}
	image->segment[image->count++] = (struct segment){ p, n, image->bytes };
	image->bytes += (n + 15) & ~(uint64_t)15;
}

static void add_piece(void *context, const void *p, size_t n)
{
	add(context, p, n);
}

static void describe(struct image *image, const struct ruleset *ruleset)
{
	*image = (struct image){ .count = 0 };
	add(image, ruleset, ROOT_BYTES);
	add(image, ruleset->rule, ruleset->rule_count * sizeof *ruleset->rule);
	add(image, ruleset->problem, ruleset->problem_count * sizeof *ruleset->problem);
	add(image, ruleset->field, ruleset->field_count * sizeof *ruleset->field);
	add(image, ruleset->field_table, ruleset->field_table_size * sizeof *ruleset->field_table);
	add(image, ruleset->item, ruleset->item_count * sizeof *ruleset->item);
	add(image, ruleset->node, ruleset->node_count * sizeof *ruleset->node);
	add(image, ruleset->child, ruleset->child_count * sizeof *ruleset->child);
	add(image, ruleset->logsource, ruleset->logsource_size * sizeof *ruleset->logsource);
	arena_each(ruleset->arena, add_piece, image);
}

static int by_place(const void *a, const void *b)
{
	const struct segment *const *x = a, *const *y = b;

	return ((*x)->p > (*y)->p) - ((*x)->p < (*y)->p);
}

/* Where in the image an address lies, or UINT64_MAX. The end of a piece belongs to it. */
static uint64_t place_of(const struct segment *const *sorted, size_t count, uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if ((uint64_t)(uintptr_t)sorted[middle]->p <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address - (uint64_t)(uintptr_t)sorted[low - 1]->p > sorted[low - 1]->n)
		return UINT64_MAX;
	return sorted[low - 1]->at + (address - (uint64_t)(uintptr_t)sorted[low - 1]->p);
}

struct places {
	uint32_t *word;
	size_t count, room;
};

static void push(struct places *places, uint64_t at)
{
	if (places->count == places->room) {
		places->room = places->room ? 2 * places->room : 65536;
		places->word = mem_realloc(places->word, places->room, sizeof *places->word);
	}
	places->word[places->count++] = (uint32_t)(at / 8);
}

/* Not only the upper half of one, as bytes between members may be. */
static bool is_address(uint64_t word)
{
	return word >= UINT64_C(1) << 40 && word < UINT64_C(1) << 47 && (uint32_t)word > 1 << 20;
}

/* Fills out, and lists where it holds addresses. False where something is in doubt. */
static bool make(const struct image *first, const struct image *second, char *out,
		 struct places *pointers, struct places *texts)
{
	const uint64_t code = (uint64_t)(uintptr_t)__executable_start;
	const uint64_t code_end = (uint64_t)(uintptr_t)end;
	const struct segment **one = mem_alloc(first->count * sizeof *one);
	const struct segment **two = mem_alloc(second->count * sizeof *two);
	bool sure = first->count == second->count && !first->full && !second->full;

	for (size_t i = 0; sure && i < first->count; i++) {
		one[i] = &first->segment[i];
		two[i] = &second->segment[i];
		sure = one[i]->n == two[i]->n;
	}
	if (sure) {
		qsort(one, first->count, sizeof *one, by_place);
		qsort(two, second->count, sizeof *two, by_place);
	}
	for (size_t i = 0; sure && i < first->count; i++) {
		const struct segment *a = &first->segment[i], *b = &second->segment[i];

		memcpy(out + a->at, a->p, a->n);
		for (size_t at = 0; at + 8 <= a->n; at += 8) {
			uint64_t x, y, place;

			memcpy(&x, a->p + at, 8);
			memcpy(&y, b->p + at, 8);
			if (x == y) {
				if (x < code || x >= code_end)
					continue;
				x -= code;
				push(texts, a->at + at);
			} else {
				place = place_of(one, first->count, x);
				if (place == UINT64_MAX ||
				    place != place_of(two, second->count, y)) {
					/* Bytes between members: nobody reads them. But what looks like a
					 * pointer to somewhere else could be one. */
					if (is_address(x) && is_address(y) &&
					    a->at + at != offsetof(struct ruleset, arena))
						sure = false;
					continue;
				}
				x = place;
				push(pointers, a->at + at);
			}
			memcpy(out + a->at + at, &x, 8);
		}
	}
	free(one);
	free(two);
	return sure;
}

static bool write_all(int fd, const void *p, size_t n)
{
	const char *from = p;

	while (n > 0) {
		const ssize_t done = write(fd, from, n);

		if (done <= 0)
			return false;
		from += done;
		n -= (size_t)done;
	}
	return true;
}

static bool path_of(const char *folder, const struct sha256 *key, const char *suffix,
		    char path[PATH_MAX])
{
	char name[2 * SHA256_SIZE + 1];
	const int n = snprintf(path, PATH_MAX, "%s/rules-%.16s%s", folder,
			       hex_encode(key->byte, SHA256_SIZE, name), suffix);

	return n > 0 && n < PATH_MAX;
}

/* Every change of a rule makes another file: the oldest go. */
static void forget_old(const char *folder)
{
	char oldest[NAME_MAX + 1];
	struct timespec when = { 0 };
	size_t count;

	do {
		DIR *dir = opendir(folder);
		struct dirent *entry;
		struct stat stat_of;

		count = 0;
		while (dir && (entry = readdir(dir))) {
			const struct sv name = sv_from(entry->d_name);

			if (!sv_starts(name, SV("rules-")) || !sv_ends(name, SV(".cache")) ||
			    fstatat(dirfd(dir), entry->d_name, &stat_of, AT_SYMLINK_NOFOLLOW) < 0)
				continue;
			if (count++ == 0 || stat_of.st_mtim.tv_sec < when.tv_sec ||
			    (stat_of.st_mtim.tv_sec == when.tv_sec &&
			     stat_of.st_mtim.tv_nsec < when.tv_nsec)) {
				when = stat_of.st_mtim;
				snprintf(oldest, sizeof oldest, "%s", entry->d_name);
			}
		}
		if (count > CACHE_FILES_MAX && unlinkat(dirfd(dir), oldest, 0) < 0)
			count = 0;
		if (dir)
			closedir(dir);
	} while (count > CACHE_FILES_MAX + 1);
}

static bool write_file(const char *folder, const struct head *head, const char *image,
		       const struct places *pointers, const struct places *texts)
{
	char path[PATH_MAX], final[PATH_MAX], first[IMAGE_AT] = { 0 };
	bool good;
	int fd;

	if (!path_of(folder, &head->key, ".XXXXXX", path) ||
	    !path_of(folder, &head->key, ".cache", final))
		return false;
	memcpy(first, head, sizeof *head);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return false;
	good = write_all(fd, first, sizeof first) && write_all(fd, image, head->bytes) &&
	       write_all(fd, pointers->word, pointers->count * sizeof *pointers->word) &&
	       write_all(fd, texts->word, texts->count * sizeof *texts->word) && fsync(fd) == 0;
	good = close(fd) == 0 && good && rename(path, final) == 0;
	if (good)
		forget_old(folder);
	else
		unlink(path);
	return good;
}

static uint64_t sum_of(const struct head *head, const char *image, const uint32_t *places)
{
	uint64_t sum = checksum(2, (const char *)head + 16, sizeof *head - 16);

	sum = checksum(sum, image, head->bytes);
	return checksum(sum, places, (head->pointers + head->texts) * sizeof *places);
}

bool cache_save(const char *folder, const struct sha256 *key, const struct ruleset *first,
		const struct ruleset *second)
{
	struct image *one = mem_alloc(sizeof *one), *two = mem_alloc(sizeof *two);
	struct places pointers = { NULL, 0, 0 }, texts = { NULL, 0, 0 };
	struct head head = { .magic = MAGIC, .key = *key };
	char *out = NULL;
	bool good = false;

	describe(one, first);
	describe(two, second);
	if (!one->full && one->bytes == two->bytes) {
		out = mem_zalloc(one->bytes);
		good = make(one, two, out, &pointers, &texts);
	}
	if (good) {
		size_t all;

		head.bytes = one->bytes;
		head.pointers = pointers.count;
		head.texts = texts.count;
		all = pointers.count + texts.count;
		pointers.word = mem_realloc(pointers.word, all + 1, sizeof *pointers.word);
		if (texts.count > 0)
			memcpy(pointers.word + pointers.count, texts.word,
			       texts.count * sizeof *texts.word);
		head.checksum = sum_of(&head, out, pointers.word);
		good = write_file(folder, &head, out, &pointers, &texts);
	}
	free(pointers.word);
	free(texts.word);
	free(out);
	free(one);
	free(two);
	return good;
}

bool cache_now(const char *folder, int64_t *ret)
{
	const int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct stat stat_of;
	bool good;

	if (fd < 0)
		return false;
	good = fstat(fd, &stat_of) == 0;
	if (good)
		*ret = stat_of.st_ctim.tv_sec;
	close(fd);
	return good;
}

/* ---- reading ---- */

/* Its own, and nobody else's to write. */
static int open_own(const char *folder, const struct sha256 *key, uint64_t *ret_bytes)
{
	char path[PATH_MAX];
	struct stat stat_of;
	int fd;

	if (!path_of(folder, key, ".cache", path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (fstat(fd, &stat_of) < 0 || !S_ISREG(stat_of.st_mode) || stat_of.st_uid != geteuid() ||
	    (stat_of.st_mode & (S_IWGRP | S_IWOTH)) || stat_of.st_size < IMAGE_AT ||
	    (uint64_t)stat_of.st_size > 2 * CACHE_BYTES_MAX) {
		close(fd);
		return -1;
	}
	*ret_bytes = (uint64_t)stat_of.st_size;
	return fd;
}

static bool is_sound(const struct head *head, const struct sha256 *key, const char *map,
		     uint64_t bytes)
{
	const uint64_t places = head->pointers + head->texts;

	return head->magic == MAGIC && memcmp(&head->key, key, sizeof *key) == 0 &&
	       head->bytes <= CACHE_BYTES_MAX && head->bytes >= ROOT_BYTES &&
	       head->bytes % 16 == 0 && head->root <= head->bytes - ROOT_BYTES &&
	       head->root % 16 == 0 && head->pointers <= head->bytes / 8 &&
	       head->texts <= head->bytes / 8 &&
	       bytes == IMAGE_AT + head->bytes + places * sizeof(uint32_t) &&
	       head->checksum ==
		       sum_of(head, map + IMAGE_AT,
			      (const uint32_t *)(const void *)(map + IMAGE_AT + head->bytes));
}

/* Turns offsets into addresses; false where one does not fit. */
static bool relocate(char *image, uint64_t bytes, const uint32_t *place, uint64_t count,
		     uint64_t base, uint64_t limit)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t word;

		if (place[i] >= bytes / 8)
			return false;
		memcpy(&word, image + (size_t)place[i] * 8, 8);
		if (word > limit)
			return false;
		word += base;
		memcpy(image + (size_t)place[i] * 8, &word, 8);
	}
	return true;
}

struct ruleset *cache_load(const char *folder, const struct sha256 *key)
{
	const uint64_t code = (uint64_t)(uintptr_t)__executable_start;
	uint64_t bytes = 0;
	const int fd = open_own(folder, key, &bytes);
	struct ruleset *ruleset;
	struct head head;
	const uint32_t *place;
	char *map, *image;

	if (fd < 0)
		return NULL;
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return NULL;
	memcpy(&head, map, sizeof head);
	image = map + IMAGE_AT;
	place = (const uint32_t *)(const void *)(image + head.bytes);
	if (!is_sound(&head, key, map, bytes) ||
	    !relocate(image, head.bytes, place, head.pointers, (uint64_t)(uintptr_t)image,
		      head.bytes) ||
	    !relocate(image, head.bytes, place + head.pointers, head.texts, code,
		      (uint64_t)(uintptr_t)end - code)) {
		munmap(map, bytes);
		return NULL;
	}
	ruleset = mem_zalloc(sizeof *ruleset);
	memcpy(ruleset, image + head.root, ROOT_BYTES);
	ruleset->arena = NULL;
	ruleset->image = map;
	ruleset->image_bytes = bytes;
	atomic_init(&ruleset->references, 1);
	pthread_mutex_init(&ruleset->plan_lock, NULL);
	return ruleset;
}
