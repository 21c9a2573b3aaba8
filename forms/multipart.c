#include "forms/multipart.h"

/* Where the parser stands: what is left of the body, and what ends a part. */
struct reader {
	struct sv rest;
	struct sv delimiter; /* CR LF and dashes stand in front of the boundary */
	struct arena *arena;
};

/* ---- Content-Type ---- */

/* RFC 2046 5.1.1, without the blank, which nobody uses. */
static bool is_boundary(struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		const char c = text.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) &&
		    sv_find_char(SV("'()+_,-./:=?"), c, 0) == SIZE_MAX)
			return false;
	}
	return text.n > 0 && text.n <= MULTIPART_BOUNDARY_MAX;
}

static struct sv unquote(struct sv text)
{
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		return sv_slice(text, 1, text.n - 1);
	return text;
}

bool multipart_boundary(struct sv content_type, struct sv *ret)
{
	const struct sv type = sv_trim(sv_cut(&content_type, ';'));

	if (!sv_eq_case(type, SV("multipart/form-data")))
		return false;
	while (content_type.n > 0) {
		struct sv value = sv_cut(&content_type, ';');
		const struct sv name = sv_trim(sv_cut(&value, '='));

		if (!sv_eq_case(name, SV("boundary")))
			continue;
		value = unquote(sv_trim(value));
		if (!is_boundary(value))
			return false;
		*ret = value;
		return true;
	}
	return false;
}

/* ---- one part ---- */

/* What is written %22, %0D and %0A stands for what cannot stand in quotes (HTML, 4.10.21.8). */
static struct sv unescape(struct sv text, struct arena *arena)
{
	static const struct {
		struct sv from;
		char to;
	} row[] = { { { "%22", 3 }, '"' }, { { "%0D", 3 }, '\r' }, { { "%0A", 3 }, '\n' } };
	char *p = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < text.n; n++) {
		size_t k = 0;

		while (k < 3 && !sv_starts(sv_slice(text, i, text.n), row[k].from))
			k++;
		p[n] = k < 3 ? row[k].to : text.p[i];
		i += k < 3 ? 3 : 1;
	}
	return (struct sv){ p, p ? n : 0 };
}

/* A parameter of a header, quoted or not; p NULL where it is not there. */
static struct sv parameter(struct sv header, struct sv wanted)
{
	sv_cut(&header, ';');
	while (header.n > 0) {
		const struct sv key = sv_trim(sv_cut(&header, '='));
		struct sv value;

		if (sv_starts(header, SV("\""))) { /* semicolons in quotes end nothing */
			header = sv_slice(header, 1, header.n);
			value = sv_cut(&header, '"');
			sv_cut(&header, ';');
		} else {
			value = sv_trim(sv_cut(&header, ';'));
		}
		if (sv_eq_case(key, wanted))
			return value;
	}
	return SV_NONE;
}

/* Only the last piece of a path, and nothing that a screen or a header would obey. */
static struct sv plain_name(struct sv text, struct arena *arena)
{
	char *p = arena_alloc(arena, text.n + 1);
	size_t n = 0, bad;

	for (size_t i = text.n; i > 0; i--) {
		if (text.p[i - 1] == '/' || text.p[i - 1] == '\\') {
			text = sv_slice(text, i, text.n);
			break;
		}
	}
	for (size_t i = 0; p && i < text.n && n < MULTIPART_FILE_NAME_MAX; i++)
		if ((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7F)
			p[n++] = text.p[i];
	bad = sv_utf8_bad((struct sv){ p, n });
	return (struct sv){ p, bad < n ? bad : n };
}

/* Lines of a part's header. */
static int read_head(const struct reader *reader, struct sv head, struct multipart_part *part,
		     struct err *err)
{
	struct sv disposition = SV_NONE, name, file;

	while (head.n > 0) {
		struct sv line = sv_cut(&head, '\n');
		const struct sv key = sv_cut(&line, ':');

		if (sv_eq_case(key, SV("content-disposition")))
			disposition = sv_trim(line);
	}
	name = parameter(disposition, SV("name"));
	file = parameter(disposition, SV("filename"));
	if (!sv_starts(disposition, SV("form-data")) || name.n == 0)
		return err_set(err, ERR_FORMAT, "a part of a form without its name");
	if (name.n > MULTIPART_NAME_MAX)
		return err_set(err, ERR_TOO_LARGE, "a field's name of more than %d bytes",
			       MULTIPART_NAME_MAX);
	if (!sv_is_utf8(name) || sv_find_char(name, '\0', 0) != SIZE_MAX)
		return err_set(err, ERR_FORMAT, "a field's name that is not UTF-8");
	part->name = unescape(name, reader->arena);
	part->is_file = file.p != NULL;
	part->file_name = plain_name(unescape(file, reader->arena), reader->arena);
	return 0;
}

static int read_part(struct reader *reader, struct multipart_part *part, struct err *err)
{
	const size_t head = sv_starts(reader->rest, SV("\r\n"))
				    ? SIZE_MAX
				    : sv_find(reader->rest, SV("\r\n\r\n"), 0);
	size_t end;

	if (head == SIZE_MAX)
		return err_set(err, ERR_FORMAT, "a part of a form without its header");
	if (head > MULTIPART_HEAD_MAX)
		return err_set(err, ERR_TOO_LARGE, "a part's header of more than %d bytes",
			       MULTIPART_HEAD_MAX);
	end = sv_find(reader->rest, reader->delimiter, head + 4);
	if (end == SIZE_MAX)
		return err_set(err, ERR_FORMAT, "a form that was cut off");
	if (read_head(reader, sv_slice(reader->rest, 0, head), part, err) != 0)
		return -1;
	part->content = sv_slice(reader->rest, head + 4, end);
	reader->rest = sv_slice(reader->rest, end + reader->delimiter.n, reader->rest.n);
	return 0;
}

/* ---- all ---- */

/* Behind a delimiter: 1 where a part follows, 0 at the end. */
static int follows(struct reader *reader, struct err *err)
{
	if (sv_starts(reader->rest, SV("--")))
		return 0;
	while (reader->rest.n > 0 && (reader->rest.p[0] == ' ' || reader->rest.p[0] == '\t'))
		reader->rest = sv_slice(reader->rest, 1, reader->rest.n);
	if (!sv_starts(reader->rest, SV("\r\n")))
		return err_set(err, ERR_FORMAT, "a boundary inside of a line");
	reader->rest = sv_slice(reader->rest, 2, reader->rest.n);
	return 1;
}

int multipart_parse(struct sv body, struct sv boundary, struct arena *arena,
		    const struct multipart_part **ret, size_t *ret_count, struct err *err)
{
	struct reader reader = {
		.delimiter = arena_printf(arena, "\r\n--%.*s", SV_ARG(boundary)),
		.arena = arena,
	};
	struct multipart_part *part = arena_zalloc(arena, MULTIPART_PARTS_MAX, sizeof *part);
	const struct sv first = sv_slice(reader.delimiter, 2, reader.delimiter.n);
	size_t count = 0;
	int r;

	if (!part || !first.p)
		return err_set(err, ERR_TOO_LARGE, "no memory for a form");
	if (!sv_starts(body, first)) /* nobody writes a preamble into a form */
		return err_set(err, ERR_FORMAT, "a form that does not begin with its boundary");
	reader.rest = sv_slice(body, first.n, body.n);
	while ((r = follows(&reader, err)) == 1) {
		if (count == MULTIPART_PARTS_MAX)
			return err_set(err, ERR_TOO_LARGE, "a form of more than %d parts",
				       MULTIPART_PARTS_MAX);
		if (read_part(&reader, &part[count], err) != 0)
			return -1;
		count++;
	}
	if (r != 0)
		return -1;
	*ret = part;
	*ret_count = count;
	return 0;
}
