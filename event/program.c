/* What programs of Linux write to syslog and the journal. */
#include <string.h>

#include "event/syslog.h"

#define COUNT(table) (sizeof table / sizeof *table)

static const struct program {
	struct sv name; /* exact, or up to a `*` */
	struct sv product, category, service;
} programs[] = {
#define PROGRAM(name, product, category, service)                                                  \
	{ SV(name), SV(product), SV(category), SV(service) },
#include "event/mapping/programs.inc"
#undef PROGRAM
};

static bool names(struct sv pattern, struct sv name)
{
	if (!sv_ends(pattern, SV("*")))
		return sv_eq_case(pattern, name);
	return sv_eq_case(sv_slice(pattern, 0, pattern.n - 1), sv_slice(name, 0, pattern.n - 1));
}

/* ---- sudo: user : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls ---- */

static void sudo(struct event_decoder *decoder, struct sv message)
{
	const size_t colon = sv_find(message, SV(" : "), 0);
	struct sv rest;

	if (colon == SIZE_MAX)
		return;
	plain_add(decoder, SV("user"), sv_trim(sv_slice(message, 0, colon)));
	rest = sv_slice(message, colon + 3, message.n);
	while (rest.n > 0) {
		const size_t end = sv_find(rest, SV(" ; "), 0);
		struct sv value = sv_slice(rest, 0, end), name;
		const bool last = sv_starts(value, SV("COMMAND="));

		/* A command may hold semicolons; nothing comes behind it. */
		value = last ? rest : value;
		rest = last || end == SIZE_MAX ? SV_NONE : sv_slice(rest, end + 3, rest.n);
		if (sv_find_char(value, '=', 0) == SIZE_MAX) {
			plain_add(decoder, SV("reason"), value);
			continue;
		}
		name = sv_cut(&value, '=');
		plain_add(decoder, name, value);
	}
}

/* ---- sshd ---- */

static void sshd(struct event_decoder *decoder, struct sv message)
{
	static const struct {
		struct sv start;
		struct sv outcome;
	} row[] = {
		{ SV("Accepted "), SV("success") },
		{ SV("Failed "), SV("failure") },
	};
	struct sv rest;

	for (size_t i = 0; i < COUNT(row); i++) {
		if (!sv_starts(message, row[i].start))
			continue;
		rest = sv_slice(message, row[i].start.n, message.n);
		plain_add(decoder, SV("auth_method"), plain_word(&rest));
		if (!sv_starts(rest, SV("for ")))
			return;
		rest = sv_slice(rest, 4, rest.n);
		if (sv_starts(rest, SV("invalid user ")))
			rest = sv_slice(rest, 13, rest.n);
		plain_add(decoder, SV("user"), plain_word(&rest));
		plain_add(decoder, SV("outcome"), row[i].outcome);
		if (!sv_starts(rest, SV("from ")))
			return;
		rest = sv_slice(rest, 5, rest.n);
		plain_add(decoder, SV("src_ip"), plain_word(&rest));
		if (sv_starts(rest, SV("port "))) {
			rest = sv_slice(rest, 5, rest.n);
			plain_add_number(decoder, SV("src_port"), plain_word(&rest));
		}
		return;
	}
}

/* ---- the kernel's firewall: IN=eth0 OUT= SRC=… DST=… PROTO=TCP SPT=… DPT=… ---- */

static const struct {
	struct sv from, into;
} netfilter_names[] = {
	{ SV("SRC"), SV("src_ip") },	 { SV("DST"), SV("dst_ip") },
	{ SV("SPT"), SV("src_port") },	 { SV("DPT"), SV("dst_port") },
	{ SV("PROTO"), SV("protocol") },
};

static const struct {
	struct sv word;
	struct sv action, blocked;
} verdicts[] = {
	{ SV("block"), SV("drop"), SV("true") },     { SV("drop"), SV("drop"), SV("true") },
	{ SV("deny"), SV("drop"), SV("true") },	     { SV("reject"), SV("reject"), SV("true") },
	{ SV("accept"), SV("accept"), SV("false") }, { SV("allow"), SV("accept"), SV("false") },
};

static bool netfilter(struct event_decoder *decoder, struct sv message)
{
	const size_t in = sv_find(message, SV("IN="), 0);
	const size_t src = sv_find(message, SV(" SRC="), 0);
	struct sv rest, name, value, prefix;
	bool quoted;

	if (in == SIZE_MAX || src == SIZE_MAX || src < in ||
	    sv_find(message, SV(" DST="), src) == SIZE_MAX)
		return false;
	prefix = plain_lower(decoder, sv_slice(message, 0, in));
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		if (sv_find(prefix, verdicts[i].word, 0) == SIZE_MAX)
			continue;
		plain_add(decoder, SV("action"), verdicts[i].action);
		plain_add(decoder, SV("blocked"), verdicts[i].blocked);
		break;
	}
	rest = sv_slice(message, in, message.n);
	while (plain_pair(&rest, &name, &value, &quoted)) {
		plain_add(decoder, name, value);
		for (size_t i = 0; i < COUNT(netfilter_names); i++)
			if (sv_eq(name, netfilter_names[i].from))
				plain_add(decoder, netfilter_names[i].into, value);
	}
	return true;
}

/* ---- name servers ---- */

/* client @0x7f 10.0.0.5#53211 (example.com): query: example.com IN A +E(0)K */
static void named(struct event_decoder *decoder, struct sv message)
{
	const size_t query = sv_find(message, SV("query: "), 0);
	struct sv rest, client, word;

	if (query == SIZE_MAX)
		return;
	rest = sv_slice(message, query + 7, message.n);
	plain_add(decoder, SV("query"), plain_word(&rest));
	plain_word(&rest); /* its class */
	plain_add(decoder, SV("record_type"), plain_word(&rest));
	client = sv_slice(message, 0, query);
	while (client.n > 0) {
		word = plain_word(&client);
		if (sv_find_char(word, '#', 0) == SIZE_MAX)
			continue;
		plain_add(decoder, SV("src_ip"), sv_cut(&word, '#'));
		return;
	}
}

/* query[A] example.com from 192.168.1.5; reply example.com is 93.184.216.34 */
static void dnsmasq(struct event_decoder *decoder, struct sv message)
{
	struct sv rest = message, verb = plain_word(&rest), name;

	/* With log-queries=extra a number and the client come first. */
	if (plain_is_number(verb)) {
		plain_word(&rest);
		verb = plain_word(&rest);
	}
	name = plain_word(&rest);
	if (sv_starts(verb, SV("query["))) {
		plain_add(decoder, SV("query"), name);
		plain_add(decoder, SV("record_type"),
			  sv_slice(verb, 6, sv_find_char(verb, ']', 0)));
		if (sv_eq(plain_word(&rest), SV("from")))
			plain_add(decoder, SV("src_ip"), plain_word(&rest));
	} else if (sv_eq(verb, SV("reply")) || sv_eq(verb, SV("cached"))) {
		plain_add(decoder, SV("query"), name);
		if (sv_eq(plain_word(&rest), SV("is")))
			plain_add(decoder, SV("answer"), rest);
	}
}

/* [812:0] info: 127.0.0.1 example.com. A IN */
static void unbound(struct event_decoder *decoder, struct sv message)
{
	struct sv rest = message, client, name;

	if (sv_starts(rest, SV("[")))
		plain_word(&rest);
	if (!sv_starts(rest, SV("info: ")))
		return;
	rest = sv_slice(rest, 6, rest.n);
	client = plain_word(&rest);
	name = plain_word(&rest);
	if (!plain_is_address(client) || name.n == 0)
		return;
	plain_add(decoder, SV("src_ip"), client);
	plain_add(decoder, SV("query"),
		  name.n > 1 && sv_ends(name, SV(".")) ? sv_slice(name, 0, name.n - 1) : name);
	plain_add(decoder, SV("record_type"), plain_word(&rest));
}

/* ---- clamd: /tmp/x: Win.Test.EICAR_HDB-1(…) FOUND ---- */

static void clamav(struct event_decoder *decoder, struct sv message)
{
	struct sv found = sv_trim(message);
	size_t colon = SIZE_MAX;

	if (!sv_ends(found, SV(" FOUND")))
		return;
	found = sv_slice(found, 0, found.n - 6);
	for (size_t at = 0; (at = sv_find(found, SV(": "), at)) != SIZE_MAX; at++)
		colon = at;
	if (colon == SIZE_MAX)
		return;
	plain_add(decoder, SV("Filename"), sv_slice(found, 0, colon));
	plain_add(decoder, SV("Signature"), sv_slice(found, colon + 2, found.n));
	decoder->envelope.category = SV("antivirus");
}

/* ---- which ---- */

static const struct {
	struct sv service;
	void (*fields)(struct event_decoder *decoder, struct sv message);
} readers[] = {
	{ SV("sudo"), sudo },	    { SV("sshd"), sshd },	{ SV("named"), named },
	{ SV("dnsmasq"), dnsmasq }, { SV("unbound"), unbound }, { SV("clamav"), clamav },
};

void program_fields(struct event_decoder *decoder, const struct syslog_line *line)
{
	struct event_envelope *envelope = &decoder->envelope;
	const unsigned facility = line->priority / 8;
	struct sv name = line->program;

	/* Some write their path as the tag; postfix and others add a part. */
	if (name.n > 0 && name.p[0] == '/')
		name = sv_slice(name, plain_last(name, '/') + 1, name.n);
	envelope->product = SV("linux");
	if (line->has_priority && (facility == 4 || facility == 10))
		envelope->service = SV("auth");
	else
		envelope->service = SV("syslog");
	for (size_t i = 0; i < COUNT(programs); i++) {
		if (!names(programs[i].name, name))
			continue;
		envelope->product = programs[i].product;
		envelope->category = programs[i].category;
		envelope->service = programs[i].service;
		break;
	}
	if (sv_eq(envelope->service, SV("kernel")) && netfilter(decoder, line->message))
		envelope->category = SV("firewall");
	for (size_t i = 0; i < COUNT(readers); i++)
		if (sv_eq(envelope->service, readers[i].service))
			readers[i].fields(decoder, line->message);
}
