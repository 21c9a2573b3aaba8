#include "centre/request.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool request_unescape(struct sv text, struct arena *arena, struct sv *ret)
{
	char *p = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	if (!p)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			if (text.n - i < 3 || hex_digit(text.p[i + 1]) < 0 ||
			    hex_digit(text.p[i + 2]) < 0)
				return false;
			c = (char)(hex_digit(text.p[i + 1]) << 4 | hex_digit(text.p[i + 2]));
			i += 2;
		}
		if (c == '\0')
			return false;
		p[n++] = c;
	}
	p[n] = '\0';
	*ret = (struct sv){ p, n };
	return sv_is_utf8(*ret);
}

static bool path_is_plain(struct sv path)
{
	struct sv rest = sv_slice(path, 1, path.n);

	if (path.n < 2 || path.n > HTTP_PATH_MAX || path.p[0] != '/')
		return false;
	for (size_t i = 0; i < path.n; i++) {
		const unsigned char c = (unsigned char)path.p[i];

		if (c <= ' ' || c >= 0x7F || c == '%' || c == '\\' || c == ';' || c == '#')
			return false;
	}
	for (;;) {
		const bool last = sv_find_char(rest, '/', 0) == SIZE_MAX;
		const struct sv segment = sv_cut(&rest, '/');

		if (segment.n == 0 || sv_eq(segment, SV(".")) || sv_eq(segment, SV("..")))
			return false;
		if (last)
			return true;
	}
}

bool request_target(struct sv target, struct arena *arena, struct sv *ret_path,
		    struct request_pair pair[static REQUEST_PAIRS_MAX], size_t *ret_count)
{
	struct sv query = target, path;
	size_t count = 0;

	if (target.n > REQUEST_TARGET_MAX)
		return false;
	path = sv_cut(&query, '?');
	if (!path_is_plain(path))
		return false;
	while (query.n > 0) {
		struct sv value = sv_cut(&query, '&');
		const struct sv name = sv_cut(&value, '=');

		if (name.n == 0 && value.n == 0)
			continue;
		if (count == REQUEST_PAIRS_MAX || !request_unescape(name, arena, &pair[count].name) ||
		    !request_unescape(value, arena, &pair[count].value))
			return false;
		count++;
	}
	*ret_path = path;
	*ret_count = count;
	return true;
}

struct sv request_cookie(struct sv header, struct sv name)
{
	struct sv found = SV_NONE;
	unsigned count = 0, matches = 0;

	while (header.n > 0) {
		struct sv value = sv_trim(sv_cut(&header, ';'));
		const struct sv key = sv_trim(sv_cut(&value, '='));

		if (++count > REQUEST_COOKIES_MAX)
			return SV_NONE;
		if (!sv_eq(key, name))
			continue;
		found = sv_trim(value);
		matches++;
	}
	return matches == 1 ? found : SV_NONE;
}

static bool is_token68(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '_' || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

struct sv request_bearer(struct sv header)
{
	const struct sv scheme = SV("Bearer ");
	struct sv token;

	header = sv_trim(header);
	if (header.n <= scheme.n || !sv_eq_case(sv_slice(header, 0, scheme.n), scheme))
		return SV_NONE;
	token = sv_trim(sv_slice(header, scheme.n, header.n));
	for (size_t i = 0; i < token.n; i++)
		if (!is_token68(token.p[i]))
			return SV_NONE;
	return token.n > 0 ? token : SV_NONE;
}

/* "0.8" as 800; what cannot be read weighs nothing. */
static unsigned weight(struct sv parameter)
{
	double q;

	parameter = sv_trim(parameter);
	if (parameter.n == 0)
		return 1000;
	if (!sv_starts(parameter, SV("q=")) ||
	    !sv_to_double(sv_slice(parameter, 2, parameter.n), &q) || q < 0 || q > 1)
		return 0;
	return (unsigned)(q * 1000);
}

enum language request_language(struct sv header, enum language otherwise)
{
	unsigned english = 0, japanese = 0;

	for (unsigned i = 0; header.n > 0 && i < REQUEST_LANGUAGES_MAX; i++) {
		struct sv rest = sv_cut(&header, ',');
		struct sv tag = sv_trim(sv_cut(&rest, ';'));
		const struct sv primary = sv_cut(&tag, '-');
		const unsigned w = weight(rest);

		if (sv_eq_case(primary, SV("en")) && w > english)
			english = w;
		if (sv_eq_case(primary, SV("ja")) && w > japanese)
			japanese = w;
	}
	if (english == japanese)
		return english > 0 ? LANGUAGE_JA : otherwise;
	return english > japanese ? LANGUAGE_EN : LANGUAGE_JA;
}

bool request_is_type(struct sv header, struct sv type)
{
	return sv_eq_case(sv_trim(sv_cut(&header, ';')), type);
}
