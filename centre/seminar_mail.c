#include "centre/seminar_mail.h"

#include "base/ics.h"
#include "mail/mail.h"

#define TEXT_MAX 1000 /* bytes of a text of the session that go into the entry */

struct sv seminar_when(const struct programme_session *session, bool english,
		       struct arena *arena)
{
	const unsigned from = session->from_minute, to = session->to_minute;
	char day[DAY_TEXT_MAX];

	if (!session->has_date)
		return english ? SV("The date is not fixed yet") : SV("日程は決まっていません");
	day_format(session->date, english ? DAY_ENGLISH : DAY_ERA, day);
	if (from == to)
		return arena_dup(arena, sv_from(day));
	return arena_printf(arena, "%s %u:%02u–%u:%02u", day, from / 60, from % 60, to / 60,
			    to % 60);
}

/* The host of "https://host:port": a name that stays the same for the entries of this centre. */
static struct sv host_of(struct sv url)
{
	const size_t scheme = sv_find(url, SV("://"), 0);
	struct sv rest = scheme == SIZE_MAX ? url : sv_slice(url, scheme + 3, url.n);

	rest = sv_cut(&rest, '/');
	return sv_cut(&rest, ':');
}

/* As much of a text as an entry needs, whole characters. */
static struct sv some_of(struct sv text)
{
	size_t n = text.n < TEXT_MAX ? text.n : TEXT_MAX;

	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return sv_slice(text, 0, n);
}

static struct ics_entry entry_of(const struct programme_session *session,
				 const struct booking *booking, bool english)
{
	const bool hours = session->from_minute != session->to_minute;

	return (struct ics_entry){
		.sequence = booking->sequence,
		.summary = some_of(english ? session->name.en : session->name.ja),
		.description = some_of(english ? session->content.en : session->content.ja),
		.place = booking->mode == MODE_ONLINE ? english ? SV("Online") : SV("オンライン")
			 : some_of(english ? session->venue.en : session->venue.ja),
		.whole_day = !hours,
		.day = session->date,
		.last_day = session->date,
		.from = seminar_start(session),
		.to = seminar_end(session),
		.cancelled = booking->state != BOOKING_BOOKED,
	};
}

int seminar_calendar(const struct catalogue_entry *entry, const struct booking *booking,
		     struct sv people_url, struct instant now, bool english,
		     struct arena *arena, struct sv *ret, struct err *err)
{
	const struct programme_session *session = seminar_session(entry, booking->session);
	struct ics_entry one;
	struct buf buf;
	int status;

	if (!session || !session->has_date)
		return 0;
	one = entry_of(session, booking, english);
	one.uid = arena_printf(arena, "booking-%.*s@%.*s", SV_ARG(booking->id),
			       SV_ARG(host_of(people_url)));
	one.stamp = now;
	/* The public page: a file is passed on more easily than a mail. */
	one.url = arena_printf(arena, "%.*s/p/%.*s/sessions/%.*s", SV_ARG(people_url),
			       SV_ARG(entry->slug), SV_ARG(session->id));
	buf_init(&buf, MAIL_CALENDAR_MAX);
	ics_begin(&buf);
	status = ics_put(&buf, &one, err);
	ics_end(&buf);
	if (status == 0)
		*ret = arena_dup(arena, buf_sv(&buf));
	buf_done(&buf);
	return status < 0 ? -1 : 1;
}

/* ---- mails ---- */

static const struct {
	const char *template_id, *subject, *text;
	bool calendar;
} kinds[NEWS_COUNT] = {
	[NEWS_BOOKED] = { "booking_booked", "予約を受け付けました",
			  "次のとおり予約を受け付けました。", true },
	[NEWS_WAITING] = { "booking_waiting", "キャンセル待ちを受け付けました",
			   "満席のため、キャンセル待ちとして受け付けました。席が空いたときは、お待ちの順にこのアドレスへお知らせします。",
			   false },
	[NEWS_OFFERED] = { "booking_offered", "席が空きました（お返事をお願いします）",
			   "お待ちの席が空きました。下のリンクを開き、期限までに「この席を予約する」を押してください。期限を過ぎると、次にお待ちの方にご案内します。",
			   false },
	[NEWS_EXPIRED] = { "booking_expired", "席のご案内の期限が過ぎました",
			   "ご案内した席の期限が過ぎたため、次にお待ちの方にご案内しました。",
			   false },
	[NEWS_NO_PLACE] = { "booking_no_place", "席をご用意できませんでした",
			    "予約の受付が終わり、席が空きませんでした。ご了承ください。資料は、開催のあとで下のページに掲載します。",
			    false },
	[NEWS_CHANGED] = { "booking_changed", "予約を変更しました",
			   "次のとおり予約を変更しました。", true },
	[NEWS_CANCELLED] = { "booking_cancelled", "予約を取り消しました",
			     "次の予約を取り消しました。", true },
};

static struct sv body_of(struct effects *effects, const struct catalogue_entry *entry,
			 const struct programme_session *session,
			 const struct seminar_notice *notice, struct sv link)
{
	const struct programme_facts *facts = programme_facts(entry->programme);
	const struct booking *booking = &notice->booking;
	const bool online = booking->mode == MODE_ONLINE;
	struct sv until = SV("");
	char text[DAY_TEXT_MAX];

	if (notice->news == NEWS_OFFERED)
		until = arena_printf(effects->arena, "お返事の期限：%s\n",
				     tokyo_format(booking->offer_until, DAY_ERA, text));
	return arena_printf(
		effects->arena,
		"%.*s 様\n\n%s\n\n%.*s\n日時：%.*s\n参加方法：%s\n%s%.*s%s%.*s\n"
		"変更、取消しは、次のリンクからできます。このリンクは、ほかの方に渡さないでください。\n%.*s\n\n"
		"%.*s\n%.*s\n%.*s\n",
		SV_ARG(booking->name), kinds[notice->news].text, SV_ARG(session->name.ja),
		SV_ARG(seminar_when(session, false, effects->arena)),
		online ? "オンライン" : "会場", online ? "" : "会場：",
		SV_ARG(online ? SV("") : session->venue.ja), online ? "" : "\n", SV_ARG(until),
		SV_ARG(link), SV_ARG(facts->name.ja), SV_ARG(facts->office.name.ja),
		SV_ARG(facts->office.telephone));
}

int seminar_mail(struct effects *effects, const struct seminar_notice *notice, struct err *err)
{
	const struct booking *booking = &notice->booking;
	const struct catalogue_entry *entry =
		catalogue_by_id(effects->catalogue, booking->programme);
	const struct programme_session *session =
		entry ? seminar_session(entry, booking->session) : NULL;
	const char *portal = effects->worker->centre->people_url;
	struct store *store = effects->worker->records;
	struct mail_wish wish = {
		.to = booking->mail, .to_name = booking->name,
		.template_id = sv_from(kinds[notice->news].template_id),
		.programme = booking->programme,
		.now = effects->programme_now, .real_now = effects->now,
	};
	struct sv secret, link;
	char id[UUID_TEXT_MAX];

	if (!session)
		return 0;
	if (seminar_renew_link(store, booking->id, effects->arena, &secret, err) != 0)
		return -1;
	link = arena_printf(effects->arena, "%s/p/b/%.*s", portal, SV_ARG(secret));
	wish.subject = arena_printf(effects->arena, "%s：%.*s", kinds[notice->news].subject,
				    SV_ARG(session->name.ja));
	wish.body = body_of(effects, entry, session, notice, link);
	if (kinds[notice->news].calendar &&
	    seminar_calendar(entry, booking, sv_from(portal), effects->now, false,
			     effects->arena, &wish.calendar, err) < 0)
		return -1;
	if (mail_queue(store, &wish, id, err) != 0)
		return err_wrap(err, "a mail about a booking");
	return 0;
}
