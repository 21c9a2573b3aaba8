#include "centre/emit.h"

#include "base/test.h"

TEST(nesting)
{
	struct buf buf;
	struct emit emit;

	buf_init(&buf, 1000);
	emit = emit_begin(&buf);
	emit_object(&emit);
	emit_put_text(&emit, "a", SV("x\"\n火"));
	emit_put_or_null(&emit, "b", SV(""));
	emit_put_text(&emit, "c", SV_NONE);
	emit_key(&emit, "d");
	emit_array(&emit);
	emit_number(&emit, -1);
	emit_truth(&emit, true);
	emit_object(&emit);
	emit_object_end(&emit);
	emit_nothing(&emit);
	emit_raw(&emit, SV("[1]"));
	emit_array_end(&emit);
	emit_put_time(&emit, "e", (struct instant){ 0 });
	emit_put_time(&emit, "f", (struct instant){ INSTANT_SECOND });
	emit_object_end(&emit);
	CHECK_SV(buf_sv(&buf), SV("{\"a\":\"x\\\"\\n火\",\"b\":null,\"c\":\"\",\"d\":[-1,true,{},"
				  "null,[1]],\"e\":null,\"f\":\"1970-01-01T00:00:01.000000Z\"}"));
	buf_done(&buf);
}

TEST(a_full_buffer_stays_full)
{
	struct buf buf;
	struct emit emit;

	buf_init(&buf, 10);
	emit = emit_begin(&buf);
	emit_object(&emit);
	emit_put_text(&emit, "a", SV("0123456789"));
	emit_object_end(&emit);
	CHECK(buf.full);
	CHECK(buf.n <= 10);
	buf_done(&buf);
}
