/*
 * sensor_sockets.c - connections without BPF: the tables in /proc/net of the
 * agent's own network namespace, again and again. A connection that was over
 * before anybody looked is told without its process, from what TCP keeps of it.
 */
#include "agent/linux/linux.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define SOCKETS_PERIOD_MS 250
#define SOCKETS_SEEN_MAX 65536
#define SOCKETS_NEW_MAX 256 /* of one look whose process is searched for */
#define LINE_MAX_BYTES 512

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_TIME_WAIT = 6, TCP_LISTEN = 10 };

struct fresh {
	struct sighting sighting;
	uint64_t inode;
};

struct sockets {
	struct sensor_sink sink;
	bool first;
	uint32_t round;
	struct {
		uint64_t key; /* 0: free */
		uint32_t round;
	} seen[SOCKETS_SEEN_MAX];
	size_t count;
	unsigned char listens[65536 / 8]; /* ports where somebody listens */
	struct fresh fresh[SOCKETS_NEW_MAX];
	size_t fresh_count;
};

static const struct {
	const char *path;
	bool udp, ipv6;
} table[] = {
	{ "/proc/net/tcp", false, false }, { "/proc/net/tcp6", false, true },
	{ "/proc/net/udp", true, false }, { "/proc/net/udp6", true, true },
};

static void *sockets_open(const struct sensor_options *options, unsigned wanted,
			  unsigned *ret_pieces, struct err *err)
{
	struct sockets *sockets;

	if (access(table[0].path, R_OK) < 0) {
		err_set(err, ERR_UNAVAILABLE, "%s cannot be read", table[0].path);
		return NULL;
	}
	sockets = mem_zalloc(sizeof *sockets);
	sockets->sink = options->sink;
	sockets->first = true;
	*ret_pieces = PIECE_NETWORK;
	return sockets;
}

static int sockets_fd(void *self)
{
	return -1;
}

static void sockets_close(void *self)
{
	free(self);
}

/* "0100007F:0016": words of the address in the machine's order. */
static bool parse_end(struct sv text, bool ipv6, uint8_t address[static 16], uint16_t *ret_port)
{
	const struct sv words = sv_cut(&text, ':');
	uint8_t byte[16], port[2];
	const size_t n = ipv6 ? 16 : 4;

	if (words.n != 2 * n || !hex_decode(words, byte, n) || !hex_decode(text, port, 2))
		return false;
	memset(address, 0, 16);
	for (size_t i = 0; i < n; i += 4)
		for (size_t k = 0; k < 4; k++)
			address[i + k] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? byte[i + 3 - k]
										   : byte[i + k];
	*ret_port = (uint16_t)(port[0] << 8 | port[1]);
	return true;
}

struct row {
	struct sighting sighting;
	unsigned state;
	uint64_t inode, uid;
};

static struct sv word_of(struct sv *line)
{
	*line = sv_trim(*line);
	return sv_cut(line, ' ');
}

static bool parse_row(struct sv line, bool udp, bool ipv6, struct row *ret)
{
	struct row row = { .sighting = { .kind = SIGHTING_CONNECT, .udp = udp, .ipv6 = ipv6 } };
	uint8_t state;

	word_of(&line); /* number */
	if (!parse_end(word_of(&line), ipv6, row.sighting.local, &row.sighting.local_port) ||
	    !parse_end(word_of(&line), ipv6, row.sighting.remote, &row.sighting.remote_port) ||
	    !hex_decode(word_of(&line), &state, 1))
		return false;
	for (int i = 0; i < 3; i++)
		word_of(&line); /* queues, timer, retransmits */
	if (!sv_to_u64(word_of(&line), &row.uid))
		return false;
	word_of(&line); /* time-out */
	if (!sv_to_u64(word_of(&line), &row.inode))
		return false;
	row.state = state;
	*ret = row;
	return true;
}

static uint64_t key_of(const struct sighting *sighting)
{
	char bytes[38];

	memcpy(bytes, sighting->local, 16);
	memcpy(bytes + 16, sighting->remote, 16);
	memcpy(bytes + 32, &sighting->local_port, 2);
	memcpy(bytes + 34, &sighting->remote_port, 2);
	bytes[36] = (char)sighting->udp;
	bytes[37] = (char)sighting->ipv6;
	return sv_hash((struct sv){ bytes, sizeof bytes }) | 1;
}

/* True where it was there at the last look too. */
static bool is_known(struct sockets *sockets, uint64_t key)
{
	size_t at = (key >> 16) % SOCKETS_SEEN_MAX;

	for (size_t probe = 0; probe < 64; probe++, at = (at + 1) % SOCKETS_SEEN_MAX) {
		/* One that was not there last time gives its place away. */
		const bool stale = sockets->seen[at].round + 1 < sockets->round;

		if (sockets->seen[at].key == key) {
			sockets->seen[at].round = sockets->round;
			return !stale;
		}
		if (sockets->seen[at].key == 0 || stale) {
			sockets->seen[at].key = key;
			sockets->seen[at].round = sockets->round;
			return false;
		}
	}
	return true; /* no room: rather silent than told again and again */
}

static void take_row(struct sockets *sockets, const struct row *row)
{
	const struct sighting *sighting = &row->sighting;
	const uint16_t port = sighting->local_port;

	if (row->state == TCP_LISTEN && !sighting->udp) {
		sockets->listens[port / 8] |= (unsigned char)(1 << port % 8);
		return;
	}
	if (sighting->remote_port == 0 ||
	    (row->state != TCP_ESTABLISHED && row->state != TCP_SYN_SENT && row->state != TCP_TIME_WAIT))
		return;
	/* Somebody came in; remembered all the same. */
	if (is_known(sockets, key_of(sighting)) || sockets->first ||
	    (!sighting->udp && (sockets->listens[port / 8] & 1 << port % 8)))
		return;
	if (sockets->fresh_count == SOCKETS_NEW_MAX) {
		sockets->sink.lost(sockets->sink.context, "sockets", 1);
		return;
	}
	sockets->fresh[sockets->fresh_count] = (struct fresh){ *sighting, row->inode };
	sockets->fresh[sockets->fresh_count++].sighting.process.uid = (uint32_t)row->uid;
}

static void read_table(struct sockets *sockets, size_t i)
{
	FILE *file = fopen(table[i].path, "re");
	char line[LINE_MAX_BYTES];
	struct row row;

	if (!file)
		return;
	while (fgets(line, sizeof line, file))
		if (parse_row(sv_from(line), table[i].udp, table[i].ipv6, &row))
			take_row(sockets, &row);
	fclose(file);
}

/* ---- whose they are ---- */

static struct fresh *fresh_of_inode(struct sockets *sockets, uint64_t inode)
{
	for (size_t i = 0; i < sockets->fresh_count; i++)
		if (sockets->fresh[i].inode == inode)
			return &sockets->fresh[i];
	return NULL;
}

static void look_at_fds(void *context, uint32_t pid)
{
	struct sockets *sockets = context;
	const struct dirent *entry;
	char path[64], link[64];
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%u/fd", pid);
	folder = opendir(path);
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		const ssize_t n = readlinkat(dirfd(folder), entry->d_name, link, sizeof link);
		struct sv text = { link, n > 0 ? (size_t)n : 0 };
		struct fresh *fresh;
		uint64_t inode;

		if (!sv_starts(text, SV("socket:[")) ||
		    !sv_to_u64(sv_slice(text, 8, text.n - 1), &inode))
			continue;
		fresh = fresh_of_inode(sockets, inode);
		if (!fresh || fresh->sighting.process.key.pid)
			continue;
		fresh->sighting.process.key.pid = pid;
		fresh->sighting.process.key.start = proc_start(pid);
	}
	closedir(folder);
}

static int sockets_serve(void *self, struct err *err)
{
	struct sockets *sockets = self;

	sockets->round++;
	sockets->fresh_count = 0;
	memset(sockets->listens, 0, sizeof sockets->listens);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		read_table(sockets, i);
	if (sockets->fresh_count > 0)
		proc_each(look_at_fds, sockets);
	for (size_t i = 0; i < sockets->fresh_count; i++) {
		sockets->fresh[i].sighting.at = clock_now(clock_real());
		sockets->sink.see(sockets->sink.context, &sockets->fresh[i].sighting);
	}
	sockets->first = false;
	return 0;
}

const struct sensor_kind sensor_sockets = {
	.name = "sockets",
	.pieces = PIECE_NETWORK,
	.period_ms = SOCKETS_PERIOD_MS,
	.open = sockets_open,
	.fd = sockets_fd,
	.serve = sockets_serve,
	.close = sockets_close,
};
