/*
 * isolate.c - a host without a network, but for its centre: a table of nftables
 * of our own. Rules carry no state, so flows that stood before are cut too; a
 * drop in our chains is final, whatever other tables allow.
 */
#include "agent/linux/program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/role.h"

#define NFT "nft"
#define RULES_MAX 16384
#define RESOLVE_MS 8000
#define CHAINS 3

int isolation_parse_url(struct sv url, struct sv *ret_host, uint16_t *ret_port, struct err *err)
{
	struct sv rest, host, port;
	uint64_t number = 443;
	bool has_port;

	if (!sv_starts(url, SV("https://")))
		return err_set(err, ERR_FORMAT, "the centre's address does not begin with https://");
	rest = sv_slice(url, 8, url.n);
	rest = sv_cut(&rest, '/');
	if (rest.n > 0 && rest.p[0] == '[') {
		rest = sv_slice(rest, 1, rest.n);
		host = sv_cut(&rest, ']');
		has_port = rest.n > 0 && rest.p[0] == ':';
		port = sv_slice(rest, 1, rest.n);
	} else {
		has_port = sv_find_char(rest, ':', 0) != SIZE_MAX;
		host = sv_cut(&rest, ':');
		port = rest;
	}
	if (host.n == 0 || (has_port && (!sv_to_u64(port, &number) || number == 0 || number > 65535)))
		return err_set(err, ERR_FORMAT, "the centre's address has no sound host and port: %.*s",
			       SV_ARG(sv_slice(url, 0, 100)));
	*ret_host = host;
	*ret_port = (uint16_t)number;
	return 0;
}

/* 4, 6, or 0 where it is no address. Only numbers pass into the rules. */
static int family_of(struct sv address, char text[static INET6_ADDRSTRLEN])
{
	uint8_t number[16];

	if (address.n == 0 || address.n >= INET6_ADDRSTRLEN)
		return 0;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	if (inet_pton(AF_INET, text, number) == 1)
		return 4;
	return inet_pton(AF_INET6, text, number) == 1 ? 6 : 0;
}

static void put_centre(struct buf *buf, const char *text, int family, uint16_t port, bool output)
{
	const char *ip = family == 4 ? "ip" : "ip6";

	if (output)
		buf_printf(buf, "\t\t%s daddr %s tcp dport %u accept\n", ip, text, port);
	else /* answers only: it cannot open a connection to us */
		buf_printf(buf, "\t\t%s saddr %s tcp sport %u tcp flags & (syn | ack) != syn accept\n", ip,
			   text, port);
}

static void put_chain(struct buf *buf, const char *name, const struct sv *address, size_t count,
		      uint16_t port, bool dns)
{
	const bool output = name[0] == 'o';
	char text[INET6_ADDRSTRLEN];

	buf_printf(buf, "\tchain %s {\n\t\ttype filter hook %s priority -300; policy drop;\n", name, name);
	buf_printf(buf, "\t\t%s \"lo\" accept\n", output ? "oifname" : "iifname");
	for (size_t i = 0; i < count; i++)
		put_centre(buf, text, family_of(address[i], text), port, output);
	/* Without an address of its own the host could not reach the centre either. */
	buf_put_sv(buf, output ? SV("\t\tudp sport 68 udp dport 67 accept\n"
				    "\t\tudp sport 546 udp dport 547 accept\n")
			       : SV("\t\tudp sport 67 udp dport 68 accept\n"
				    "\t\tudp sport 547 udp dport 546 accept\n"));
	buf_put_sv(buf, SV("\t\ticmpv6 type { nd-router-solicit, nd-router-advert, "
			   "nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept\n"));
	if (dns)
		buf_put_sv(buf, output ? SV("\t\tudp dport 53 accept\n\t\ttcp dport 53 accept\n")
				       : SV("\t\tudp sport 53 accept\n"
					    "\t\ttcp sport 53 tcp flags & (syn | ack) != syn accept\n"));
	/* Programs here learn at once that they are cut off. */
	if (output)
		buf_put_sv(buf, SV("\t\tmeta l4proto tcp reject with tcp reset\n"
				   "\t\treject with icmpx type admin-prohibited\n"));
	buf_put_sv(buf, SV("\t}\n"));
}

int isolation_rules(const struct sv *address, size_t count, uint16_t port, bool dns, struct buf *buf,
		    struct err *err)
{
	char text[INET6_ADDRSTRLEN];

	if (count == 0)
		return err_set(err, ERR_UNAVAILABLE, "the centre has no address: it would be cut off too");
	for (size_t i = 0; i < count; i++)
		if (family_of(address[i], text) == 0)
			return err_set(err, ERR_FORMAT, "'%.*s' is no address",
				       SV_ARG(sv_slice(address[i], 0, 64)));
	/* The first line makes the table, so that the second one always finds it. */
	buf_put_sv(buf, SV("table inet hikeshi\ndelete table inet hikeshi\ntable inet hikeshi {\n"));
	put_chain(buf, "input", address, count, port, dns);
	put_chain(buf, "output", address, count, port, dns);
	buf_put_sv(buf, SV("\tchain forward {\n\t\ttype filter hook forward priority -300; policy drop;\n"
			   "\t}\n}\n"));
	return buf->full ? err_set(err, ERR_TOO_LARGE, "the rules have over %u bytes", RULES_MAX) : 0;
}

/* ---- nft ---- */

static int run_nft(const char *const *argument, struct sv input, struct buf *output, struct err *err)
{
	const int status = run_program(NFT, argument, input, output, err);

	if (status > 0)
		return err_set(err, ERR_IO, "nft: %.*s", SV_ARG(sv_trim(sv_slice(buf_sv(output), 0, 400))));
	return status;
}

bool isolation_holds(void)
{
	static const char *const list[] = { NFT, "list", "table", "inet", "hikeshi", NULL };
	struct buf output;
	struct sv rest;
	size_t chains = 0, at = 0;

	buf_init(&output, RUN_OUTPUT_MAX);
	if (run_program(NFT, list, SV_NONE, &output, NULL) == 0) {
		rest = buf_sv(&output);
		while ((at = sv_find(rest, SV("policy drop;"), at)) != SIZE_MAX) {
			chains++;
			at++;
		}
	}
	buf_done(&output);
	return chains == CHAINS;
}

static int apply(struct sv rules, struct err *err)
{
	static const char *const load[] = { NFT, "-f", "-", NULL };
	struct buf output;
	int result;

	buf_init(&output, RUN_OUTPUT_MAX);
	result = run_nft(load, rules, &output, err);
	buf_done(&output);
	if (result == 0 && !isolation_holds())
		result = err_set(err, ERR_INTERNAL, "nft took the rules, but they are not in force");
	return result;
}

/* ---- the centre's addresses ---- */

struct addresses {
	struct sv address[ISOLATION_ADDRESSES_MAX];
	size_t count;
	struct message message; /* holds the texts */
};

static int take_addresses(struct addresses *ret, struct err *err)
{
	uint64_t count;

	if (ret->message.type != AGENT_RESOLVED)
		return err_set(err, ERR_FORMAT, "the resolver sent message %u", ret->message.type);
	if (message_get_u64(&ret->message, ISOLATION_ADDRESSES_MAX, &count, err) < 0)
		return -1;
	for (ret->count = 0; ret->count < count; ret->count++)
		if (message_get_text(&ret->message, INET6_ADDRSTRLEN, &ret->address[ret->count], err) < 0)
			return -1;
	return message_end(&ret->message, err);
}

/* A process of its own asks for the name: answers of strangers are not read with privileges. */
static int resolve(struct sv host, struct addresses *ret, struct err *err)
{
	char name[256];
	const char *const argument[] = { name, NULL };
	const struct role_options options = { .name = "resolver", .argument = argument };
	struct role_process process;
	int got, result = -1;

	if (host.n >= sizeof name)
		return err_set(err, ERR_FORMAT, "the centre's name is too long");
	memcpy(name, host.p, host.n);
	name[host.n] = '\0';
	if (role_spawn(&options, &process, err) < 0)
		return -1;
	got = message_receive(process.channel, RESOLVE_MS, &ret->message, err);
	if (got == 0)
		err_set(err, ERR_UNAVAILABLE, "%s has no address", name);
	else if (got > 0)
		result = take_addresses(ret, err);
	kill(process.pid, SIGKILL);
	role_reap(&process);
	return result;
}

int isolate(const struct isolation *isolation, struct err *err)
{
	struct addresses addresses = { .count = 1 };
	char text[INET6_ADDRSTRLEN];
	struct buf rules;
	uint16_t port;
	int result = -1;

	if (isolation_parse_url(sv_from(isolation->url), &addresses.address[0], &port, err) < 0)
		return -1;
	message_init(&addresses.message, MESSAGE_NONE);
	buf_init(&rules, RULES_MAX);
	if ((family_of(addresses.address[0], text) ||
	     resolve(addresses.address[0], &addresses, err) == 0) &&
	    isolation_rules(addresses.address, addresses.count, port, isolation->dns, &rules, err) == 0 &&
	    file_write(isolation->rules_path, buf_sv(&rules), 0600, err) == 0)
		result = apply(buf_sv(&rules), err);
	if (result < 0)
		unlink(isolation->rules_path);
	buf_done(&rules);
	message_done(&addresses.message);
	return result < 0 ? err_wrap(err, "isolating this host") : 0;
}

int isolation_restore(const struct isolation *isolation, struct err *err)
{
	struct buf rules;
	int result;

	buf_init(&rules, RULES_MAX);
	/* As they were: names cannot be asked for while the host is cut off. */
	result = file_read(isolation->rules_path, &rules, NULL) == 0 && rules.n > 0
			 ? apply(buf_sv(&rules), err)
			 : isolate(isolation, err);
	buf_done(&rules);
	return result;
}

int isolation_release(const char *rules_path, struct err *err)
{
	static const char *const load[] = { NFT, "-f", "-", NULL };
	struct buf output;
	int result;

	buf_init(&output, RUN_OUTPUT_MAX);
	result = run_nft(load, SV("table inet hikeshi\ndelete table inet hikeshi\n"), &output, err);
	buf_done(&output);
	if (result < 0)
		return err_wrap(err, "releasing this host");
	if (unlink(rules_path) < 0 && errno != ENOENT)
		return err_errno(err, errno, "removing %s", rules_path);
	return 0;
}
