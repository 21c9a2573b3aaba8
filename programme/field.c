/* One answer: is it of its kind, and how is it kept. */
#include <stdio.h>

#include "programme/internal.h"

#define MAIL_MAX 254	   /* RFC 5321 */
#define MAIL_LOCAL_MAX 64  /* RFC 5321 */
#define DOMAIN_LABEL_MAX 63 /* RFC 1035 */
#define FILE_HASH_DIGITS 64 /* of SHA-256 */
#define FILE_NAME_MAX 255   /* bytes of an uploaded file's name */
#define SITE_CHARACTERS_MAX 200 /* of the address of one place of business */

static bool is_digits(struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	}
	return text.n > 0;
}

static bool has_control(struct sv text, bool lines)
{
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];

		if (c == 0x7F || (c < ' ' && !(lines && (c == '\n' || c == '\t'))))
			return true;
		/* C1 controls and what turns the direction of writing. */
		if (c == 0xC2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xA0)
			return true;
		if (c == 0xE2 && i + 2 < text.n && (unsigned char)text.p[i + 1] == 0x80 &&
		    (unsigned char)text.p[i + 2] >= 0xAA && (unsigned char)text.p[i + 2] <= 0xAE)
			return true;
	}
	return false;
}

/* Narrow, and without the characters that people write for the eye. */
static struct sv strip(struct sv typed, const char *drop, struct arena *arena)
{
	const struct sv narrow = fold_width(typed, arena);
	char *to = narrow.p ? arena_alloc(arena, narrow.n + 1) : NULL;
	size_t n = 0;

	if (!to)
		return SV_NONE;
	for (size_t i = 0; i < narrow.n; i++) {
		if (!strchr(drop, narrow.p[i]) || narrow.p[i] == '\0')
			to[n++] = narrow.p[i];
	}
	to[n] = '\0';
	return (struct sv){ to, n };
}

/* ---- kinds ---- */

static enum field_problem fold_text(const struct programme_field *field, struct sv typed,
				    struct arena *arena, struct sv *ret)
{
	const bool has_lines = field->kind == FIELD_PARAGRAPH;
	char *to = arena_alloc(arena, typed.n + 1);
	struct sv text;
	size_t n = 0, count;

	if (!to)
		return FIELD_TOO_LONG;
	for (size_t i = 0; i < typed.n; i++) { /* browsers send CR LF */
		if (typed.p[i] != '\r' || i + 1 == typed.n || typed.p[i + 1] != '\n')
			to[n++] = typed.p[i];
	}
	text = fold_trim((struct sv){ to, n });
	if (has_control(text, has_lines))
		return FIELD_CONTROL;
	count = fold_count(text);
	if (count < (size_t)field->min)
		return FIELD_TOO_SHORT;
	if (count > (size_t)field->max)
		return FIELD_TOO_LONG;
	*ret = text;
	return FIELD_GOOD;
}

static bool is_kana(struct sv text)
{
	while (text.n > 0) {
		const unsigned char *p = (const unsigned char *)text.p;

		if (p[0] == ' ') {
			text = sv_slice(text, 1, text.n);
			continue;
		}
		/* U+30A1 … U+30FC (and not U+30A0) */
		if (text.n < 3 || p[0] != 0xE3 || p[1] < 0x82 || p[1] > 0x83 ||
		    (p[1] == 0x82 && p[2] < 0xA1) || (p[1] == 0x83 && p[2] > 0xBC))
			return false;
		text = sv_slice(text, 3, text.n);
	}
	return true;
}

static enum field_problem fold_reading(const struct programme_field *field, struct sv typed,
				       struct arena *arena, struct sv *ret)
{
	/* Narrowing turns ー between digits only, so long vowels stay. */
	struct sv text = fold_kana(fold_trim(typed), arena);

	text = text.p ? fold_width(text, arena) : text;
	if (!text.p)
		return FIELD_TOO_LONG;
	if (!is_kana(text))
		return FIELD_BAD;
	return fold_text(field, text, arena, ret);
}

/* Check digit = 9 - (sum of digits, from the right times 1, 2, 1, 2, …) mod 9. */
static bool check_digit_holds(struct sv number)
{
	unsigned sum = 0;

	for (size_t i = 1; i <= 12; i++)
		sum += (unsigned)(number.p[13 - i] - '0') * (i % 2 == 1 ? 1 : 2);
	return (unsigned)(number.p[0] - '0') == 9 - sum % 9;
}

static enum field_problem fold_corporate_number(struct sv typed, struct arena *arena,
						struct sv *ret)
{
	struct sv number = strip(typed, "- ", arena);

	if (number.n == 14 && (number.p[0] == 'T' || number.p[0] == 't'))
		number = sv_slice(number, 1, 14); /* number of the invoice system */
	if (number.n != 13 || !is_digits(number))
		return FIELD_BAD;
	if (!check_digit_holds(number))
		return FIELD_CHECK_DIGIT;
	*ret = number;
	return FIELD_GOOD;
}

static enum field_problem fold_postal_code(struct sv typed, struct arena *arena, struct sv *ret)
{
	static const char mark[] = "〒";
	struct sv code = fold_trim(typed);

	if (sv_starts(code, sv_from(mark)))
		code = sv_slice(code, strlen(mark), code.n);
	code = strip(code, "- ", arena);
	if (code.n != 7 || !is_digits(code))
		return FIELD_BAD;
	*ret = code;
	return FIELD_GOOD;
}

/* Lengths by the first digits (numbering plan of Japan). */
static bool is_telephone(struct sv number)
{
	static const struct {
		const char *prefix;
		size_t length;
	} row[] = {
		{ "050", 11 }, { "070", 11 },  { "080", 11 },  { "090", 11 },
		{ "060", 11 }, { "0800", 11 }, { "0120", 10 }, { "0570", 10 },
	};
	size_t length = 10, best = 0;

	if (!is_digits(number) || number.n < 10 || number.p[0] != '0' || number.p[1] == '0')
		return false;
	if (sv_starts(number, SV("0600")))
		return false;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		if (sv_starts(number, sv_from(row[i].prefix)) && strlen(row[i].prefix) > best) {
			best = strlen(row[i].prefix);
			length = row[i].length;
		}
	}
	return number.n == length;
}

static enum field_problem fold_telephone(struct sv typed, struct arena *arena, struct sv *ret)
{
	struct sv number = strip(typed, "-() .", arena);

	if (sv_starts(number, SV("+81"))) {
		const size_t skip = number.n > 3 && number.p[3] == '0' ? 4 : 3;

		number = arena_printf(arena, "0%.*s", SV_ARG(sv_slice(number, skip, number.n)));
	}
	if (!number.p || !is_telephone(number))
		return FIELD_BAD;
	*ret = number;
	return FIELD_GOOD;
}

static bool is_domain(struct sv domain)
{
	size_t labels = 0;

	while (domain.n > 0) {
		const bool is_last = sv_find_char(domain, '.', 0) == SIZE_MAX;
		const struct sv label = sv_cut(&domain, '.');

		labels++;
		if (label.n == 0 || label.n > DOMAIN_LABEL_MAX || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-' || (!is_last && domain.n == 0))
			return false;
		for (size_t i = 0; i < label.n; i++) {
			const char c = label.p[i];

			if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
				return false;
		}
		if (is_last && is_digits(label))
			return false;
	}
	return labels >= 2;
}

static bool is_local(struct sv local)
{
	static const char other[] = "!#$%&'*+-/=?^_`{|}~.";

	if (local.n == 0 || local.n > MAIL_LOCAL_MAX || local.p[0] == '.' ||
	    local.p[local.n - 1] == '.' || sv_find(local, SV(".."), 0) != SIZE_MAX)
		return false;
	for (size_t i = 0; i < local.n; i++) {
		const char c = local.p[i];
		const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				       (c >= '0' && c <= '9');

		if (!is_letter && (c == '\0' || !strchr(other, c)))
			return false;
	}
	return true;
}

static enum field_problem fold_mail(struct sv typed, struct arena *arena, struct sv *ret)
{
	const struct sv text = fold_width(fold_trim(typed), arena);
	struct sv domain = text, local;
	char *lower;

	if (!text.p || text.n > MAIL_MAX)
		return FIELD_BAD;
	local = sv_cut(&domain, '@');
	lower = arena_alloc(arena, domain.n + 1);
	if (!lower)
		return FIELD_BAD;
	for (size_t i = 0; i < domain.n; i++)
		lower[i] = (char)(domain.p[i] >= 'A' && domain.p[i] <= 'Z' ? domain.p[i] + 32
									  : domain.p[i]);
	domain.p = lower;
	if (!is_local(local) || !is_domain(domain))
		return FIELD_BAD;
	*ret = arena_printf(arena, "%.*s@%.*s", SV_ARG(local), SV_ARG(domain));
	return ret->p ? FIELD_GOOD : FIELD_BAD;
}

/* Adds "3", "3,000" or "5000万" to *sum; false where a number is wrong. */
static bool add_part(struct sv digits, int64_t factor, int64_t *sum)
{
	int64_t part;

	return sv_to_i64(digits, &part) && part >= 0 && part <= INT64_C(1000000000000000) / factor &&
	       (*sum += part * factor, true);
}

/* People write yen as "30,000,000", "3000万円", "1億5000万". */
static bool parse_amount(struct sv text, int64_t *ret)
{
	static const struct {
		const char *unit;
		int64_t factor;
	} row[] = { { "億", 100000000 }, { "万", 10000 }, { "千", 1000 } };
	int64_t sum = 0;

	if (text.n > 60)
		return false;
	for (size_t i = 0; i < 3; i++) {
		const size_t at = sv_find(text, sv_from(row[i].unit), 0);

		if (at == SIZE_MAX)
			continue;
		if (!add_part(sv_slice(text, 0, at), row[i].factor, &sum))
			return false;
		text = sv_slice(text, at + strlen(row[i].unit), text.n);
		if (text.n == 0) {
			*ret = sum;
			return true;
		}
	}
	if (!is_digits(text) || !add_part(text, 1, &sum))
		return false;
	*ret = sum;
	return true;
}

static enum field_problem fold_number(const struct programme_field *field, struct sv typed,
				      struct arena *arena, struct sv *ret)
{
	static const char *const unit[] = { "円", "人", "名", "台" };
	struct sv text = strip(typed, ", ", arena);
	int64_t number;

	for (size_t i = 0; i < sizeof unit / sizeof *unit; i++) {
		if (sv_ends(text, sv_from(unit[i])))
			text = sv_slice(text, 0, text.n - strlen(unit[i]));
	}
	if (!parse_amount(text, &number))
		return FIELD_BAD;
	if (number < field->min)
		return FIELD_TOO_SMALL;
	if (number > field->max)
		return FIELD_TOO_BIG;
	*ret = arena_printf(arena, "%lld", (long long)number);
	return ret->p ? FIELD_GOOD : FIELD_BAD;
}

static enum field_problem fold_choice(const struct programme *programme,
				      const struct programme_field *field, struct sv typed,
				      struct sv *ret)
{
	if (field->kind == FIELD_COURSES) {
		const struct programme_course *course = programme_course(programme, typed);

		if (!course)
			return FIELD_NOT_OFFERED;
		*ret = course->id;
		return FIELD_GOOD;
	}
	for (size_t i = 0; i < field->option_count; i++) {
		if (sv_eq(field->option[i].id, typed)) {
			*ret = field->option[i].id;
			return FIELD_GOOD;
		}
	}
	return FIELD_NOT_OFFERED;
}

static enum field_problem fold_yes_no(const struct programme_field *field, struct sv typed,
				      struct sv *ret)
{
	if (sv_eq(typed, SV("yes"))) {
		*ret = SV("yes");
		return FIELD_GOOD;
	}
	if (!sv_eq(typed, SV("no")))
		return FIELD_NOT_OFFERED;
	*ret = SV("no");
	return field->kind == FIELD_CONSENT && field->required ? FIELD_MISSING : FIELD_GOOD;
}

static enum field_problem fold_date(struct sv typed, struct arena *arena, struct sv *ret)
{
	const struct sv text = strip(typed, " ", arena);
	char *to = text.p ? arena_alloc(arena, text.n + 1) : NULL;
	struct day day;

	if (!to)
		return FIELD_BAD;
	for (size_t i = 0; i < text.n; i++)
		to[i] = (char)(text.p[i] == '/' || text.p[i] == '.' ? '-' : text.p[i]);
	*ret = (struct sv){ to, text.n };
	return day_parse(*ret, &day) ? FIELD_GOOD : FIELD_BAD;
}

static enum field_problem fold_time(struct sv typed, struct arena *arena, struct sv *ret)
{
	struct sv text = strip(typed, " ", arena), rest = text;
	uint64_t hour, minute;

	if (!sv_to_u64(sv_cut(&rest, ':'), &hour) || rest.n != 2 || !sv_to_u64(rest, &minute) ||
	    hour > 23 || minute > 59)
		return FIELD_BAD;
	*ret = arena_printf(arena, "%02u:%02u", (unsigned)hour, (unsigned)minute);
	return ret->p ? FIELD_GOOD : FIELD_BAD;
}

/* ---- files and places of business ---- */

static bool is_lower_hex(struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (!((text.p[i] >= '0' && text.p[i] <= '9') ||
		      (text.p[i] >= 'a' && text.p[i] <= 'f')))
			return false;
	}
	return true;
}

/* By the name's end: what the file really is was found when it was uploaded. */
static bool is_type_named(const struct programme_field *field, struct sv name, struct arena *arena)
{
	static const char *const end[FILE_TYPE_COUNT][2] = {
		[FILE_PDF] = { ".pdf", ".pdf" },   [FILE_WORD] = { ".docx", ".docx" },
		[FILE_EXCEL] = { ".xlsx", ".xlsx" }, [FILE_PNG] = { ".png", ".png" },
		[FILE_JPEG] = { ".jpg", ".jpeg" },
	};
	const struct sv lower = fold_search(name, arena);

	for (int type = 0; type < FILE_TYPE_COUNT; type++) {
		if (field->file_types & 1U << type && (sv_ends(lower, sv_from(end[type][0])) ||
						       sv_ends(lower, sv_from(end[type][1]))))
			return true;
	}
	return false;
}

/* "SHA256HEX BYTES NAME" of what was uploaded before. */
static enum field_problem fold_file(const struct programme_field *field, struct sv typed,
				    struct arena *arena, struct sv *ret)
{
	struct sv rest = typed;
	const struct sv hash = sv_cut(&rest, ' ');
	const struct sv bytes = sv_cut(&rest, ' ');
	uint64_t count;

	if (hash.n != FILE_HASH_DIGITS || !is_lower_hex(hash) || !sv_to_u64(bytes, &count) ||
	    rest.n == 0 || rest.n > FILE_NAME_MAX)
		return FIELD_BAD;
	if (count > field->file_bytes)
		return FIELD_TOO_BIG;
	if (!is_type_named(field, rest, arena))
		return FIELD_NOT_OFFERED;
	*ret = typed;
	return FIELD_GOOD;
}

/* "tokyo 新宿区…" as a page sends it, or "東京都新宿区…" as people write. */
static enum field_problem fold_site(struct sv typed, struct arena *arena, struct sv *ret)
{
	struct sv rest = fold_trim(typed);
	const struct sv prefecture = prefecture_cut(&rest);
	const struct sv address = fold_trim(rest);

	if (!prefecture.p || address.n == 0)
		return FIELD_BAD;
	if (fold_count(address) > SITE_CHARACTERS_MAX)
		return FIELD_TOO_LONG;
	*ret = arena_printf(arena, "%.*s %.*s", SV_ARG(prefecture), SV_ARG(address));
	return ret->p ? FIELD_GOOD : FIELD_BAD;
}

enum field_problem field_fold(const struct programme *programme,
			      const struct programme_field *field, struct sv typed,
			      struct arena *arena, struct sv *ret)
{
	if (typed.n > PROGRAMME_ANSWER_MAX)
		return FIELD_TOO_LONG;
	if (!sv_is_utf8(typed))
		return FIELD_CONTROL;
	if (field->kind != FIELD_PARAGRAPH && has_control(fold_trim(typed), false))
		return FIELD_CONTROL;
	switch (field->kind) {
	case FIELD_TEXT:
	case FIELD_PARAGRAPH: return fold_text(field, typed, arena, ret);
	case FIELD_KANA: return fold_reading(field, typed, arena, ret);
	case FIELD_CORPORATE_NUMBER: return fold_corporate_number(typed, arena, ret);
	case FIELD_POSTAL_CODE: return fold_postal_code(typed, arena, ret);
	case FIELD_TELEPHONE: return fold_telephone(typed, arena, ret);
	case FIELD_MAIL: return fold_mail(typed, arena, ret);
	case FIELD_NUMBER:
	case FIELD_YEN: return fold_number(field, typed, arena, ret);
	case FIELD_CHOICE:
	case FIELD_CHOICES:
	case FIELD_COURSES: return fold_choice(programme, field, typed, ret);
	case FIELD_YES_NO:
	case FIELD_CONSENT: return fold_yes_no(field, typed, ret);
	case FIELD_DATE: return fold_date(typed, arena, ret);
	case FIELD_TIME: return fold_time(typed, arena, ret);
	case FIELD_FILE: return fold_file(field, typed, arena, ret);
	case FIELD_SITES: return fold_site(typed, arena, ret);
	case FIELD_KIND_COUNT: break;
	}
	return FIELD_BAD;
}
