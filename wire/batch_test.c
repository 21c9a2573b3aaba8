#include <zstd.h>

#include "base/mem.h"
#include "base/test.h"
#include "wire/wire.h"

static struct sv repeat(const char *line, size_t n)
{
	const size_t length = strlen(line);
	char *p = mem_alloc(n * length + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(p + i * length, line, length);
	return (struct sv){ p, n * length };
}

static struct sv pack_raw(struct sv bytes)
{
	const size_t room = ZSTD_compressBound(bytes.n);
	char *p = mem_alloc(room);

	return (struct sv){ p, ZSTD_compress(p, room, bytes.p, bytes.n, 3) };
}

TEST(round_trip)
{
	const size_t count[] = { 1, 2, 4096, 100000 };

	for (size_t i = 0; i < sizeof count / sizeof *count; i++) {
		struct sv lines = repeat("{\"Image\":\"/bin/sh\"}\n", count[i]);
		struct buf packed, back;
		struct err err = ERR_INIT;

		buf_init(&packed, WIRE_BATCH_PACKED_MAX);
		buf_init(&back, WIRE_BATCH_UNPACKED_MAX);
		CHECK_INT(wire_pack(lines, &packed, &err), 0);
		CHECK_INT(wire_unpack(buf_sv(&packed), &back, &err), 0);
		CHECK(sv_eq(buf_sv(&back), lines));
		buf_done(&packed);
		buf_done(&back);
		free((void *)(uintptr_t)lines.p);
	}
}

/* A bomb one byte above the bound is refused, at the bound it passes. */
TEST(unpacked_bound)
{
	static const struct { size_t size; int r; } row[] = {
		{ WIRE_BATCH_UNPACKED_MAX, 0 },
		{ WIRE_BATCH_UNPACKED_MAX + 1, -1 },
		{ 64U << 20, -1 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct sv zeros = { mem_zalloc(row[i].size), row[i].size };
		struct sv bomb = pack_raw(zeros);
		struct buf back;
		struct err err = ERR_INIT;

		buf_init(&back, WIRE_BATCH_UNPACKED_MAX);
		CHECK_INT(wire_unpack(bomb, &back, &err), row[i].r);
		CHECK_INT(err.code, row[i].r ? ERR_TOO_LARGE : ERR_OK);
		CHECK(back.n <= WIRE_BATCH_UNPACKED_MAX);
		buf_done(&back);
		free((void *)(uintptr_t)zeros.p);
		free((void *)(uintptr_t)bomb.p);
	}
}

TEST(caller_bound)
{
	struct sv bomb = pack_raw(SV("0123456789"));
	struct buf back;
	struct err err = ERR_INIT;

	buf_init(&back, 9);
	CHECK_INT(wire_unpack(bomb, &back, &err), -1);
	CHECK_INT(err.code, ERR_TOO_LARGE);
	buf_done(&back);
	free((void *)(uintptr_t)bomb.p);
}

TEST(bad_frames)
{
	struct sv good = pack_raw(SV("{\"a\":1}\n"));
	char twice[256], cut[128];
	struct sv row[6];

	memcpy(twice, good.p, good.n);
	memcpy(twice + good.n, good.p, good.n);
	memcpy(cut, good.p, good.n);
	row[0] = SV("");
	row[1] = SV("{\"a\":1}\n");
	row[2] = (struct sv){ cut, good.n - 1 };
	row[3] = (struct sv){ cut, 3 };
	row[4] = (struct sv){ twice, good.n * 2 };
	row[5] = (struct sv){ twice, good.n + 1 };
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct buf back;
		struct err err = ERR_INIT;

		buf_init(&back, WIRE_BATCH_UNPACKED_MAX);
		CHECK_INT(wire_unpack(row[i], &back, &err), -1);
		CHECK_INT(err.code, ERR_FORMAT);
		buf_done(&back);
	}
	free((void *)(uintptr_t)good.p);
}

TEST(packed_bound)
{
	struct sv noise = { mem_alloc(WIRE_BATCH_PACKED_MAX + 1), WIRE_BATCH_PACKED_MAX + 1 };
	struct buf packed;
	struct err err = ERR_INIT;

	random_bytes((void *)(uintptr_t)noise.p, noise.n);
	buf_init(&packed, WIRE_BATCH_UNPACKED_MAX);
	CHECK_INT(wire_pack(noise, &packed, &err), -1);
	CHECK_INT(err.code, ERR_TOO_LARGE);
	CHECK_INT(packed.n, 0);
	CHECK_INT(wire_unpack(noise, &packed, &err), -1);
	CHECK_INT(err.code, ERR_TOO_LARGE);
	buf_done(&packed);
	free((void *)(uintptr_t)noise.p);
}
