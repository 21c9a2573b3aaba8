/* What is said of a wrong answer: it begins with the label and says what would be right. */
#include <stdio.h>

#include "programme/internal.h"

struct message {
	const char *ja, *en;
};

static bool is_choice(const struct programme_field *field)
{
	return field->kind == FIELD_CHOICE || field->kind == FIELD_CHOICES ||
	       field->kind == FIELD_COURSES || field->kind == FIELD_YES_NO;
}

static struct message missing(const struct programme_field *field)
{
	if (field->kind == FIELD_CONSENT)
		return (struct message){ "：同意いただけない場合はお申し込みいただけません。",
					 ": without your consent you cannot apply." };
	if (is_choice(field))
		return (struct message){ "：選択してください。", ": please choose." };
	if (field->kind == FIELD_FILE)
		return (struct message){ "：ファイルを選んでください。", ": please choose a file." };
	return (struct message){ "：入力してください。", ": please fill this in." };
}

static struct message bad(const struct programme_field *field)
{
	static const struct message row[FIELD_KIND_COUNT] = {
		[FIELD_KANA] = { "：カタカナで入力してください（例：ヒケシショウテン）。",
				 ": please write katakana." },
		[FIELD_CORPORATE_NUMBER] = { "：13桁の数字で入力してください。",
					     ": please write the 13 digits." },
		[FIELD_POSTAL_CODE] = { "：7桁の数字で入力してください（例：163-8001）。",
					": please write seven digits, as in 163-8001." },
		[FIELD_TELEPHONE] = { "：市外局番から入力してください（例：03-1234-5678、"
				      "090-1234-5678）。",
				      ": please write the whole number, as in 03-1234-5678." },
		[FIELD_MAIL] = { "：メールアドレスの形で入力してください（例：name@example.jp）。",
				 ": please write an address as in name@example.jp." },
		[FIELD_NUMBER] = { "：0以上の整数で入力してください。",
				   ": please write a whole number." },
		[FIELD_YEN] = { "：円の金額を数字で入力してください（例：10,000,000 または 1000万）。",
				": please write the amount in yen, as in 10,000,000." },
		[FIELD_DATE] = { "：実在する日付を入力してください（例：2025-06-03）。",
				 ": please write a day that exists, as in 2025-06-03." },
		[FIELD_TIME] = { "：時刻を入力してください（例：14:00）。",
				 ": please write a time, as in 14:00." },
		[FIELD_FILE] = { "：ファイルを選び直してください。",
				 ": please choose the file again." },
		[FIELD_SITES] = { "：都道府県と住所を入力してください（例：東京都新宿区西新宿2-8-1）。",
				  ": please write prefecture and address." },
	};

	return row[field->kind].ja ? row[field->kind]
				   : (struct message){ "：入力内容をご確認ください。",
						       ": please check what you wrote." };
}

/* "…%lld…" with the bound in it. */
static struct programme_text with_bound(const struct programme_field *field, const char *ja,
					const char *en, int64_t bound, struct arena *arena)
{
	const struct sv number = arena_printf(arena, "%lld", (long long)bound);
	const struct answers value = { &(struct answer){ SV("n"), number }, 1 };
	const struct sv ja_text = text_fill(sv_from(ja), &value, arena);
	const struct sv en_text = text_fill(sv_from(en), &value, arena);

	return (struct programme_text){
		arena_printf(arena, "%.*s%.*s", SV_ARG(field->label.ja), SV_ARG(ja_text)),
		arena_printf(arena, "%.*s%.*s", SV_ARG(field->label.en), SV_ARG(en_text)),
	};
}

/* "PDF, Word" of the types that a file may have. */
static struct sv type_names(const struct programme_field *field, struct arena *arena)
{
	static const char *const name[FILE_TYPE_COUNT] = {
		[FILE_PDF] = "PDF",   [FILE_WORD] = "Word (docx)", [FILE_EXCEL] = "Excel (xlsx)",
		[FILE_PNG] = "PNG", [FILE_JPEG] = "JPEG",
	};
	struct sv all = SV("");

	for (int type = 0; type < FILE_TYPE_COUNT; type++) {
		if (field->file_types & 1U << type)
			all = arena_printf(arena, "%.*s%s%s", SV_ARG(all), all.n > 0 ? ", " : "",
					   name[type]);
	}
	return all;
}

static struct programme_text wrong_type(const struct programme_field *field, struct arena *arena)
{
	const struct sv types = type_names(field, arena);

	return (struct programme_text){
		arena_printf(arena, "%.*s：次の形式のファイルを選んでください：%.*s",
			     SV_ARG(field->label.ja), SV_ARG(types)),
		arena_printf(arena, "%.*s: please choose a file of these types: %.*s",
			     SV_ARG(field->label.en), SV_ARG(types)),
	};
}

struct programme_text field_message(const struct programme_field *field,
				    enum field_problem problem, struct arena *arena)
{
	struct message message = { "", "" };

	switch (problem) {
	case FIELD_GOOD: break;
	case FIELD_MISSING: message = missing(field); break;
	case FIELD_BAD: message = bad(field); break;
	case FIELD_CHECK_DIGIT:
		message = (struct message){ "：番号に誤りがあります。通知書の13桁をご確認ください。",
					    ": a digit is wrong; please compare all 13." };
		break;
	case FIELD_NOT_OFFERED:
		if (field->kind == FIELD_FILE)
			return wrong_type(field, arena);
		message = (struct message){ "：表示された選択肢から選んでください。",
					    ": please choose one of the answers offered." };
		break;
	case FIELD_CONTROL:
		message = (struct message){ "：使えない文字が含まれています。入力し直してください。",
					    ": there are characters that cannot be used." };
		break;
	case FIELD_TOO_SHORT:
		return with_bound(field, "：{n}文字以上で入力してください。",
				  ": at least {n} characters, please.", field->min, arena);
	case FIELD_TOO_LONG:
		return with_bound(field, "：{n}文字以内で入力してください。",
				  ": at most {n} characters, please.",
				  field->max > 0 ? field->max : PROGRAMME_ANSWER_MAX, arena);
	case FIELD_TOO_SMALL:
		return with_bound(field, "：{n}以上の数で入力してください。",
				  ": please write {n} or more.", field->min, arena);
	case FIELD_TOO_BIG:
		if (field->kind == FIELD_FILE)
			return with_bound(field, "：{n}KB以下のファイルを選んでください。",
					  ": please choose a file of at most {n} KB.",
					  field->file_bytes / 1024, arena);
		return with_bound(field, "：{n}以下の数で入力してください。",
				  ": please write {n} or less.", field->max, arena);
	case FIELD_TOO_FEW:
		return with_bound(field, "：{n}つ以上選んでください。",
				  ": please choose at least {n}.", field->min, arena);
	case FIELD_TOO_MANY:
		return with_bound(field, "：{n}つまで選べます。", ": please choose at most {n}.",
				  field->max, arena);
	}
	return text_join(arena, field->label, message.ja, message.en);
}
