#include <assert.h>

#include "wire/spool_file.h"

/* Offsets in the header; numbers are little-endian. */
#define MAGIC "HKSPOOL1"
#define AT_EPOCH 8
#define AT_SEQUENCE 24
#define AT_COUNT 32
#define AT_LENGTH 36
#define AT_DIGEST 40
#define AT_CHECK 72

static_assert(AT_CHECK + SHA256_SIZE == SPOOL_HEADER_SIZE, "header layout");

static void put(uint8_t *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = n; i-- > 0;)
		value = value << 8 | p[i];
	return value;
}

static struct sha256 header_check(const uint8_t *header)
{
	return sha256_of((struct sv){ (const char *)header, AT_CHECK });
}

void spool_file_header(const struct spool_batch *batch, uint8_t header[static SPOOL_HEADER_SIZE])
{
	struct sha256 check;

	memcpy(header, MAGIC, AT_EPOCH);
	memcpy(header + AT_EPOCH, batch->epoch.byte, sizeof batch->epoch.byte);
	put(header + AT_SEQUENCE, batch->sequence, 8);
	put(header + AT_COUNT, batch->count, 4);
	put(header + AT_LENGTH, batch->packed.n, 4);
	memcpy(header + AT_DIGEST, batch->digest.byte, SHA256_SIZE);
	check = header_check(header);
	memcpy(header + AT_CHECK, check.byte, SHA256_SIZE);
}

int spool_file_read(struct sv file, struct spool_batch *ret)
{
	const uint8_t *header = (const uint8_t *)file.p;
	struct spool_batch batch;
	struct sha256 digest;

	if (file.n < SPOOL_HEADER_SIZE || memcmp(header, MAGIC, AT_EPOCH) != 0)
		return -1;
	digest = header_check(header);
	if (memcmp(digest.byte, header + AT_CHECK, SHA256_SIZE) != 0)
		return -1;
	memcpy(batch.epoch.byte, header + AT_EPOCH, sizeof batch.epoch.byte);
	batch.sequence = get(header + AT_SEQUENCE, 8);
	batch.count = (uint32_t)get(header + AT_COUNT, 4);
	memcpy(batch.digest.byte, header + AT_DIGEST, SHA256_SIZE);
	batch.packed = sv_slice(file, SPOOL_HEADER_SIZE, file.n);
	if (batch.packed.n != get(header + AT_LENGTH, 4) ||
	    batch.packed.n > WIRE_BATCH_PACKED_MAX || batch.sequence == 0 ||
	    batch.sequence > SPOOL_SEQUENCE_MAX || batch.count == 0 ||
	    batch.count > WIRE_BATCH_EVENTS_MAX)
		return -1;
	digest = sha256_of(batch.packed);
	if (memcmp(digest.byte, batch.digest.byte, SHA256_SIZE) != 0)
		return -1;
	*ret = batch;
	return 0;
}
