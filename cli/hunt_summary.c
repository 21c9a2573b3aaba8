/* What was found, counted: by rule, level, tactic, computer and time. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/hunt.h"

#define MOMENTS_MAX 4096 /* counted apart; then neighbours become one */
#define BAR_COLUMNS 28
#define TIMELINE_COLUMNS 60
#define RULES_SHOWN 10
#define LOGSOURCE_NAME_SHOWN 60 /* bytes of each part; longer ones are cut */

const struct hunt_tactic hunt_tactics[HUNT_TACTICS] = {
	{ "reconnaissance", N_("Reconnaissance") },
	{ "resource-development", N_("Resource Development") },
	{ "initial-access", N_("Initial Access") },
	{ "execution", N_("Execution") },
	{ "persistence", N_("Persistence") },
	{ "privilege-escalation", N_("Privilege Escalation") },
	{ "defense-evasion", N_("Defense Evasion") },
	{ "stealth", N_("Stealth") },
	{ "defense-impairment", N_("Defense Impairment") },
	{ "credential-access", N_("Credential Access") },
	{ "discovery", N_("Discovery") },
	{ "lateral-movement", N_("Lateral Movement") },
	{ "collection", N_("Collection") },
	{ "command-and-control", N_("Command and Control") },
	{ "exfiltration", N_("Exfiltration") },
	{ "impact", N_("Impact") },
};

static bool is_same_name(struct sv a, struct sv b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		const char x = a.p[i] == '_' ? '-' : a.p[i];

		if (!sv_eq_case((struct sv){ &x, 1 }, sv_slice(b, i, i + 1)))
			return false;
	}
	return true;
}

static struct sv attack_name(struct sv tag)
{
	const struct sv start = SV("attack.");

	return tag.n > start.n && sv_eq_case(sv_slice(tag, 0, start.n), start)
		       ? sv_slice(tag, start.n, tag.n)
		       : SV_NONE;
}

size_t hunt_tactic_of(struct sv tag)
{
	const struct sv name = attack_name(tag);

	for (size_t i = 0; i < HUNT_TACTICS; i++)
		if (name.p && is_same_name(name, sv_from(hunt_tactics[i].tag)))
			return i;
	return SIZE_MAX;
}

struct sv hunt_technique_of(struct sv tag, char text[static 16])
{
	const struct sv name = attack_name(tag);

	if ((name.n != 5 && name.n != 9) || (name.p[0] | 32) != 't')
		return SV_NONE;
	for (size_t i = 1; i < name.n; i++)
		if (i == 5 ? name.p[i] != '.' : name.p[i] < '0' || name.p[i] > '9')
			return SV_NONE;
	memcpy(text, name.p, name.n);
	text[0] = 'T';
	return (struct sv){ text, name.n };
}

/* ---- counting ---- */

struct moment {
	int64_t number; /* the instant divided by the width */
	uint64_t count[LEVEL_CRITICAL + 1];
};

struct hunt_statistics {
	uint64_t level[LEVEL_CRITICAL + 1];
	uint64_t *rule;
	size_t rules;
	/* computers that were seen, by hash */
	uint64_t *host;
	size_t hosts, host_room;
	bool more_hosts;
	/* in order of time */
	struct moment *moment;
	size_t moments;
	int64_t width_us;
	struct instant first, last;
};

struct hunt_statistics *hunt_statistics_new(size_t rules)
{
	struct hunt_statistics *statistics = mem_zalloc(sizeof *statistics);

	statistics->rule = mem_zalloc((rules + 1) * sizeof *statistics->rule);
	statistics->rules = rules;
	statistics->moment = mem_alloc(MOMENTS_MAX * sizeof *statistics->moment);
	statistics->width_us = INSTANT_SECOND;
	return statistics;
}

void hunt_statistics_free(struct hunt_statistics *statistics)
{
	if (!statistics)
		return;
	free(statistics->rule);
	free(statistics->host);
	free(statistics->moment);
	free(statistics);
}

static bool put_host(uint64_t *table, size_t room, uint64_t hash)
{
	size_t slot = hash;

	while (table[slot &= room - 1] != 0) {
		if (table[slot] == hash)
			return false;
		slot++;
	}
	table[slot] = hash;
	return true;
}

static void add_host(struct hunt_statistics *statistics, struct sv host)
{
	const uint64_t hash = sv_hash_case(host) | 1;

	if (host.n == 0 || statistics->hosts == HUNT_SUMMARY_HOSTS_MAX) {
		statistics->more_hosts |= host.n > 0;
		return;
	}
	if (2 * (statistics->hosts + 1) > statistics->host_room) {
		const size_t room = statistics->host_room ? 2 * statistics->host_room : 64;
		uint64_t *table = mem_zalloc(room * sizeof *table);

		for (size_t i = 0; i < statistics->host_room; i++)
			if (statistics->host[i])
				put_host(table, room, statistics->host[i]);
		free(statistics->host);
		statistics->host = table;
		statistics->host_room = room;
	}
	statistics->hosts += put_host(statistics->host, statistics->host_room, hash);
}

static void widen(struct hunt_statistics *statistics)
{
	struct moment *moment = statistics->moment;
	size_t n = 0;

	statistics->width_us *= 4;
	for (size_t i = 0; i < statistics->moments; i++) {
		const struct moment one = moment[i];
		/* Before 1970 too: rounds down. */
		const int64_t number = one.number >= 0 ? one.number / 4 : -((3 - one.number) / 4);

		if (n == 0 || moment[n - 1].number != number)
			moment[n++] = (struct moment){ .number = number };
		for (size_t level = 0; level <= LEVEL_CRITICAL; level++)
			moment[n - 1].count[level] += one.count[level];
	}
	statistics->moments = n;
}

static void add_moment(struct hunt_statistics *statistics, struct instant at, enum rule_level level)
{
	size_t low = 0, high;
	int64_t number;

	while (statistics->moments == MOMENTS_MAX) /* until some of them are neighbours */
		widen(statistics);
	number = at.us / statistics->width_us - (at.us % statistics->width_us < 0);
	for (high = statistics->moments; low < high;) {
		const size_t middle = low + (high - low) / 2;

		if (statistics->moment[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == statistics->moments || statistics->moment[low].number != number) {
		memmove(&statistics->moment[low + 1], &statistics->moment[low],
			(statistics->moments++ - low) * sizeof *statistics->moment);
		statistics->moment[low] = (struct moment){ .number = number };
	}
	statistics->moment[low].count[level]++;
}

void hunt_statistics_add(struct hunt_statistics *statistics, const struct detection *detection)
{
	statistics->level[detection->rule->level]++;
	statistics->rule[detection->rule_index]++;
	if (detection->event)
		add_host(statistics, hunt_event_host(detection->event));
	if (detection->at.us == 0)
		return;
	if (statistics->first.us == 0 || detection->at.us < statistics->first.us)
		statistics->first = detection->at;
	if (statistics->last.us == 0 || detection->at.us > statistics->last.us)
		statistics->last = detection->at;
	add_moment(statistics, detection->at, detection->rule->level);
}

uint64_t hunt_statistics_rule(const struct hunt_statistics *statistics, size_t rule)
{
	return statistics->rule[rule];
}

void hunt_statistics_span(const struct hunt_statistics *statistics, struct instant *ret_first,
			  struct instant *ret_last)
{
	*ret_first = statistics->first;
	*ret_last = statistics->last;
}

uint64_t hunt_found(const struct hunt *hunt, enum rule_level level)
{
	return hunt->statistics->level[level];
}

/* ---- telling it ---- */

struct summary {
	const struct hunt *hunt;
	struct buf *line;
	bool colour;
};

static void put_level(struct summary *summary, enum rule_level level, size_t columns)
{
	if (summary->colour)
		buf_put_sv(summary->line, sv_from(level_colour(level)));
	terminal_pad(summary->line, sv_from(level_text(level)), columns);
	if (summary->colour)
		buf_put_sv(summary->line, SV("\033[0m"));
}

static void put_bar(struct summary *summary, enum rule_level level, uint64_t count, uint64_t most)
{
	const size_t columns =
		count ? 1 + (size_t)((double)count / (double)most * (BAR_COLUMNS - 1)) : 0;

	if (summary->colour)
		buf_put_sv(summary->line, sv_from(level_bar_colour(level)));
	for (size_t i = 0; i < columns; i++)
		buf_put_sv(summary->line, SV("■"));
	if (summary->colour)
		buf_put_sv(summary->line, SV("\033[0m"));
}

static void put_levels(struct summary *summary)
{
	const uint64_t *count = summary->hunt->statistics->level;
	uint64_t most = 1;

	for (size_t level = 0; level <= LEVEL_CRITICAL; level++)
		most = count[level] > most ? count[level] : most;
	for (int level = LEVEL_CRITICAL; level >= LEVEL_NONE; level--) {
		if (count[level] == 0)
			continue;
		buf_put_sv(summary->line, SV("  "));
		put_level(summary, (enum rule_level)level, level_columns());
		buf_printf(summary->line, " %8" PRIu64 "  ", count[level]);
		put_bar(summary, (enum rule_level)level, count[level], most);
		buf_put_char(summary->line, '\n');
	}
}

/* One rule may stand in several tactics: then its detections count in each. */
static void count_tactics(const struct hunt *hunt,
			  uint64_t count[HUNT_TACTICS + 1][LEVEL_CRITICAL + 1])
{
	for (size_t i = 0; i < hunt->statistics->rules; i++) {
		const struct rule *rule = ruleset_rule(hunt->ruleset, i);
		bool is_in[HUNT_TACTICS + 1] = { false };
		bool has_one = false;

		for (size_t k = 0; k < rule->tag_count; k++) {
			const size_t tactic = hunt_tactic_of(rule->tag[k]);

			if (tactic == SIZE_MAX)
				continue;
			is_in[tactic] = has_one = true;
		}
		is_in[HUNT_TACTICS] = !has_one;
		for (size_t k = 0; k <= HUNT_TACTICS; k++)
			if (is_in[k])
				count[k][rule->level] += hunt->statistics->rule[i];
	}
}

/* Nothing stands for none. */
static void put_counts(struct summary *summary, const uint64_t count[LEVEL_CRITICAL + 1])
{
	for (int level = LEVEL_CRITICAL; level >= LEVEL_NONE; level--) {
		const size_t width = terminal_width(sv_from(level_text((enum rule_level)level)));

		if (summary->hunt->statistics->level[level] > 0)
			buf_printf(summary->line, "%*.0" PRIu64, width < 8 ? 8 : (int)width + 1,
				   count[level]);
	}
	while (summary->line->n > 0 && summary->line->p[summary->line->n - 1] == ' ')
		summary->line->n--;
	buf_put_char(summary->line, '\n');
}

static void put_tactics(struct summary *summary)
{
	uint64_t count[HUNT_TACTICS + 1][LEVEL_CRITICAL + 1] = { 0 };

	count_tactics(summary->hunt, count);
	buf_put_char(summary->line, '\n');
	terminal_pad(summary->line, sv_from(_("Tactic (ATT&CK)")), 26);
	for (int level = LEVEL_CRITICAL; level >= LEVEL_NONE; level--) {
		const size_t width = terminal_width(sv_from(level_text((enum rule_level)level)));

		if (summary->hunt->statistics->level[level] == 0)
			continue;
		buf_printf(summary->line, "%*s", width < 8 ? (int)(8 - width) : 1, "");
		put_level(summary, (enum rule_level)level, width);
	}
	buf_put_char(summary->line, '\n');
	for (size_t i = 0; i <= HUNT_TACTICS; i++) {
		uint64_t sum = 0;

		for (size_t level = 0; level <= LEVEL_CRITICAL; level++)
			sum += count[i][level];
		if (sum == 0)
			continue;
		buf_put_sv(summary->line, SV("  "));
		terminal_pad(summary->line,
			     sv_from(i < HUNT_TACTICS ? _(hunt_tactics[i].name) : _("without")),
			     24);
		put_counts(summary, count[i]);
	}
}

static void put_timeline_row(struct summary *summary, int level, int64_t start, int64_t step)
{
	static const char *const height[] = { "·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	const struct hunt_statistics *statistics = summary->hunt->statistics;
	uint64_t column[TIMELINE_COLUMNS] = { 0 }, most = 1;

	for (size_t i = 0; i < statistics->moments; i++) {
		const int64_t at = statistics->moment[i].number * statistics->width_us - start;

		column[at < 0			      ? 0
		       : at / step < TIMELINE_COLUMNS ? at / step
						      : TIMELINE_COLUMNS - 1] +=
			statistics->moment[i].count[level];
	}
	for (size_t i = 0; i < TIMELINE_COLUMNS; i++)
		most = column[i] > most ? column[i] : most;
	buf_put_sv(summary->line, SV("  "));
	put_level(summary, (enum rule_level)level, level_columns());
	buf_put_char(summary->line, ' ');
	if (summary->colour)
		buf_put_sv(summary->line, sv_from(level_bar_colour((enum rule_level)level)));
	for (size_t i = 0; i < TIMELINE_COLUMNS; i++)
		buf_put_sv(summary->line,
			   sv_from(height[column[i] ? 1 + column[i] * 7 / most : 0]));
	if (summary->colour)
		buf_put_sv(summary->line, SV("\033[0m"));
	buf_put_char(summary->line, '\n');
}

static void put_timeline(struct summary *summary)
{
	const struct hunt *hunt = summary->hunt;
	const struct hunt_statistics *statistics = hunt->statistics;
	const int64_t start = statistics->first.us;
	const int64_t step = (statistics->last.us - start) / TIMELINE_COLUMNS + 1;

	if (statistics->moments < 2)
		return;
	buf_put_char(summary->line, '\n');
	terminal_pad(summary->line, sv_from(_("Timeline")), level_columns() + 3);
	put_zone_minute(summary->line, hunt->zone, statistics->first);
	buf_printf(summary->line, "%*s", TIMELINE_COLUMNS - 22, "");
	put_zone_minute(summary->line, hunt->zone, statistics->last);
	buf_put_char(summary->line, '\n');
	for (int level = LEVEL_CRITICAL; level >= LEVEL_NONE; level--)
		if (statistics->level[level] > 0)
			put_timeline_row(summary, level, start, step);
}

static void put_top_rules(struct summary *summary)
{
	const struct hunt *hunt = summary->hunt;
	bool *told = mem_zalloc(hunt->statistics->rules + 1);

	buf_printf(summary->line, "\n%s\n", _("Most frequent"));
	for (size_t shown = 0; shown < RULES_SHOWN; shown++) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < hunt->statistics->rules; i++)
			if (!told[i] && hunt->statistics->rule[i] > 0 &&
			    (best == SIZE_MAX ||
			     hunt->statistics->rule[i] > hunt->statistics->rule[best]))
				best = i;
		if (best == SIZE_MAX)
			break;
		told[best] = true;
		buf_printf(summary->line, "  %8" PRIu64 "  ", hunt->statistics->rule[best]);
		put_level(summary, ruleset_rule(hunt->ruleset, best)->level, level_columns());
		buf_put_char(summary->line, ' ');
		put_clean(summary->line,
			  terminal_cut(hunt_title(ruleset_rule(hunt->ruleset, best)), 70));
		buf_put_char(summary->line, '\n');
	}
	free(told);
}

static void put_figures(struct summary *summary)
{
	const struct hunt *hunt = summary->hunt;

	buf_printf(summary->line,
		   _("%zu rules; %" PRIu64 " files, %" PRIu64
		     " events in %.1f s (%.0f events/s); %" PRIu64 " detections\n"),
		   ruleset_count(hunt->ruleset), hunt->searched, hunt->records, hunt->seconds,
		   hunt->seconds > 0 ? (double)hunt->records / hunt->seconds : 0.0,
		   hunt->detections);
	if (hunt->statistics->hosts > 0)
		buf_printf(summary->line, _("Computers with detections: %zu%s\n"),
			   hunt->statistics->hosts, hunt->statistics->more_hosts ? "+" : "");
}

static void put_logsource(struct buf *line, const struct hunt_logsource *name)
{
	if (name->product.n + name->category.n + name->service.n == 0) {
		buf_put_sv(line, sv_from(_("of no known kind")));
		return;
	}
	put_clean(line, sv_slice(name->product, 0, LOGSOURCE_NAME_SHOWN));
	buf_put_char(line, '/');
	put_clean(line, sv_slice(name->category, 0, LOGSOURCE_NAME_SHOWN));
	buf_put_char(line, '/');
	put_clean(line, sv_slice(name->service, 0, LOGSOURCE_NAME_SHOWN));
}

/* Nothing found there tells nothing: nobody looked. */
static void put_unrouted(struct summary *summary)
{
	const struct hunt_unrouted *unrouted = &summary->hunt->unrouted;

	if (unrouted->events == 0)
		return;
	buf_printf(summary->line,
		   _("%" PRIu64 " events are of logsources that no rule looks at: "),
		   unrouted->events);
	for (size_t i = 0; i < unrouted->names; i++) {
		buf_put_sv(summary->line, i ? SV(", ") : SV(""));
		put_logsource(summary->line, &unrouted->name[i]);
	}
	buf_put_sv(summary->line, unrouted->has_more ? SV(" …\n") : SV("\n"));
	if (summary->hunt->detections == 0)
		buf_printf(summary->line, "  %s\n",
			   _("say what they are with --logsource product/category/service, or give rules for them with --rules"));
}

static void put_losses(struct summary *summary)
{
	const struct hunt *hunt = summary->hunt;

	if (hunt->lost > 0)
		buf_printf(summary->line,
			   _("%" PRIu64 " records could not be read and were not searched.\n"),
			   hunt->lost);
	if (hunt->damaged > 0)
		buf_printf(
			summary->line,
			_("%" PRIu64
			  " places have a wrong checksum; what can be read there was searched.\n"),
			hunt->damaged);
	if (hunt->out_of_range > 0)
		buf_printf(summary->line, _("%" PRIu64 " events are not of the time asked for.\n"),
			   hunt->out_of_range);
	if (hunt->unkept > 0)
		buf_printf(summary->line,
			   _("%" PRIu64 " events with detections were too large to be shown.\n"),
			   hunt->unkept);
}

void hunt_say_summary(const struct hunt *hunt)
{
	struct buf line;
	struct summary summary = { hunt, &line, use_colour(stderr) };

	buf_init(&line, 1U << 20);
	put_figures(&summary);
	if (hunt->detections > 0) {
		put_levels(&summary);
		put_tactics(&summary);
		put_timeline(&summary);
		put_top_rules(&summary);
	}
	put_unrouted(&summary);
	put_losses(&summary);
	fwrite(line.p, 1, line.n, stderr);
	buf_done(&line);
}
