/* Isolation, proved by packets: a host and a neighbour, each in a network namespace of its own. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "agent/linux/testing.h"
#include "base/buf.h"
#include "base/test.h"

#define HOST "10.99.0.1"
#define NEIGHBOUR "10.99.0.2"
#define CENTRE_PORT 8444
#define OTHER_PORT 8080
#define VERDICT() (test_failed ? 1 : 0)

TEST(addresses_are_read_from_urls)
{
	static const struct {
		const char *url, *host;
		unsigned port; /* 0: refused */
	} row[] = {
		{ "https://10.0.0.1:8444", "10.0.0.1", 8444 }, { "https://centre.example/", "centre.example", 443 },
		{ "https://[2001:db8::1]:8444/v1", "2001:db8::1", 8444 }, { "https://[::1]", "::1", 443 },
		{ "https://a:65535", "a", 65535 }, { "https://a:65536", "", 0 }, { "https://a:0", "", 0 },
		{ "https://a:", "", 0 }, { "http://a", "", 0 }, { "https://", "", 0 }, { "https://:1", "", 0 },
		{ "", "", 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct err err = ERR_INIT;
		struct sv host = SV("untouched");
		uint16_t port = 0;

		CHECK_INT(isolation_parse_url(sv_from(row[i].url), &host, &port, &err), row[i].port ? 0 : -1);
		CHECK_INT(port, row[i].port);
		CHECK_SV(host, row[i].port ? sv_from(row[i].host) : SV("untouched"));
	}
}

TEST(only_numbers_get_into_the_rules)
{
	static const char *const row[] = {
		"1.2.3.4; flush ruleset", "::1 }", "centre", "", "1.2.3", "0x7f.1",
		"11111111111111111111111111111111111111111111111111",
	};
	struct err err = ERR_INIT;
	struct buf buf;

	buf_init(&buf, 16384);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct sv address = sv_from(row[i]);

		CHECK_INT(isolation_rules(&address, 1, 443, false, &buf, &err), -1);
	}
	CHECK_INT(isolation_rules(NULL, 0, 443, false, &buf, &err), -1);
	CHECK_INT(buf.n, 0);
	buf_done(&buf);
}

/* ---- packets ---- */

static int socket_to(const char *ip, uint16_t port, int wait_ms)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd item = { .fd = fd, .events = POLLOUT };
	int failed = 0;
	socklen_t n = sizeof failed;

	inet_pton(AF_INET, ip, &address.sin_addr);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	if (poll(&item, 1, wait_ms) <= 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &n) < 0 || failed) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool can_reach(const char *ip, uint16_t port)
{
	const int fd = socket_to(ip, port, 700);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int listen_at(uint16_t port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 50) < 0)
		return -1;
	return fd;
}

/*
 * The neighbour: centre, another service, and an ear on the wire. Answers one
 * byte commands: 'c' how many packets came that were not for the centre's port
 * since the last question; 't' can it reach the host's port; 'q' end.
 */
static void neighbour(int commands, const char *interface)
{
	const int ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(ETH_P_ALL));
	const int centre = listen_at(CENTRE_PORT), other = listen_at(OTHER_PORT);
	const struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
					     .sll_ifindex = (int)if_nametoindex(interface) };
	unsigned char strange = 0;

	bind(ear, (const struct sockaddr *)&address, sizeof address);
	for (;;) {
		struct pollfd item[4] = { { commands, POLLIN, 0 }, { ear, POLLIN, 0 }, { centre, POLLIN, 0 },
					  { other, POLLIN, 0 } };
		unsigned char packet[2048], command, answer = 0;
		struct sockaddr_ll from;
		socklen_t size = sizeof from;

		poll(item, 4, -1);
		while (recvfrom(ear, packet, sizeof packet, 0, (struct sockaddr *)&from, &size) > 0) {
			const unsigned head = (packet[0] & 15) * 4U;
			const bool to_centre = packet[9] == IPPROTO_TCP &&
					       (packet[head + 2] << 8 | packet[head + 3]) == CENTRE_PORT;

			if (from.sll_pkttype != PACKET_OUTGOING && from.sll_protocol == htons(ETH_P_IP) &&
			    !to_centre && strange < 255)
				strange++;
			size = sizeof from;
		}
		for (int i = 2; i < 4; i++)
			if (item[i].revents) /* kept open: an established flow */
				(void)!accept(item[i].fd, NULL, NULL);
		if (!item[0].revents)
			continue;
		if (read(commands, &command, 1) != 1 || command == 'q')
			_exit(0);
		if (command == 'c') {
			answer = strange;
			strange = 0;
		} else {
			answer = can_reach(HOST, OTHER_PORT);
		}
		if (write(commands, &answer, 1) != 1)
			_exit(1);
	}
}

static unsigned ask(int commands, char command)
{
	unsigned char answer = 255;

	if (write(commands, &command, 1) != 1 || (command != 'q' && read(commands, &answer, 1) != 1))
		return 999;
	return answer;
}

/* Gives the neighbour a wire of its own. Returns the end for commands. */
static int make_neighbour(pid_t *ret_pid)
{
	int pair[2], ready[2];
	char command[400], byte = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || pipe(ready) < 0)
		return -1;
	*ret_pid = fork();
	if (*ret_pid == 0) {
		if (unshare(CLONE_NEWNET) < 0 || write(ready[1], &byte, 1) != 1 || read(pair[1], &byte, 1) != 1)
			_exit(1);
		testing_sh("ip link set lo up; ip addr add " NEIGHBOUR "/24 dev wire-b; ip link set wire-b up");
		if (write(pair[1], &byte, 1) != 1)
			_exit(1);
		neighbour(pair[1], "wire-b");
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		return -1;
	snprintf(command, sizeof command,
		 "ip link add wire-a type veth peer name wire-b && ip link set wire-b netns %d &&"
		 " ip addr add " HOST "/24 dev wire-a && ip link set wire-a up", (int)*ret_pid);
	if (testing_sh(command) != 0 || write(pair[0], &byte, 1) != 1 || read(pair[0], &byte, 1) != 1)
		return -1;
	/* Until the link is up. */
	for (int i = 0; i < 50 && !can_reach(NEIGHBOUR, OTHER_PORT); i++)
		usleep(20000);
	return pair[0];
}

static void check_isolated(int commands, int flow)
{
	CHECK(isolation_holds());
	ask(commands, 'c');
	CHECK(can_reach(NEIGHBOUR, CENTRE_PORT));     /* the centre stays */
	CHECK(!can_reach(NEIGHBOUR, OTHER_PORT));     /* the rest of it does not */
	CHECK(can_reach("127.0.0.1", OTHER_PORT));    /* nor is the host cut off from itself */
	CHECK_INT(ask(commands, 't'), 0);             /* nobody comes in */
	testing_sh("ping -c 1 -W 1 " NEIGHBOUR " >/dev/null 2>&1");
	if (flow >= 0) {
		char byte = 'x';
		struct pollfd item = { .fd = flow, .events = 0 };

		/* A flow from before: its bytes do not leave, and the program learns that. */
		CHECK_INT(write(flow, &byte, 1), 1);
		CHECK(poll(&item, 1, 2000) > 0 && (item.revents & (POLLERR | POLLHUP)));
	}
	usleep(100000);
	CHECK_INT(ask(commands, 'c'), 0); /* not one packet of all this was on the wire */
}

static int cut_off(void *context)
{
	char rules[] = "/tmp/hikeshi-rules-XXXXXX", url[64];
	struct isolation isolation = { .url = url, .rules_path = rules };
	struct err err = ERR_INIT;
	pid_t pid;
	const int commands = make_neighbour(&pid), listener = listen_at(OTHER_PORT);
	int flow;

	close(mkstemp(rules));
	snprintf(url, sizeof url, "https://" NEIGHBOUR ":%d", CENTRE_PORT);
	if (commands < 0 || listener < 0)
		return 9;
	CHECK(can_reach(NEIGHBOUR, OTHER_PORT) && can_reach(NEIGHBOUR, CENTRE_PORT));
	CHECK_INT(ask(commands, 't'), 1);
	flow = socket_to(NEIGHBOUR, OTHER_PORT, 500);
	CHECK(flow >= 0);
	CHECK(!isolation_holds());
	CHECK_INT(isolate(&isolation, &err), 0);
	check_isolated(commands, flow);
	/* Somebody removes the rules: seen, and put back from what was kept. */
	testing_sh("nft delete table inet hikeshi");
	CHECK(!isolation_holds());
	CHECK_INT(isolation_restore(&isolation, &err), 0);
	check_isolated(commands, -1);
	CHECK_INT(isolate(&isolation, &err), 0); /* twice does no harm */
	check_isolated(commands, -1);
	/* Another table that allows everything does not help against ours. */
	testing_sh("nft -f - <<E\ntable inet open { chain i { type filter hook input priority -400; accept; };"
		   " chain o { type filter hook output priority -400; accept; }; }\nE");
	check_isolated(commands, -1);
	CHECK_INT(isolation_release(rules, &err), 0);
	CHECK(!isolation_holds());
	CHECK(can_reach(NEIGHBOUR, OTHER_PORT));
	CHECK_INT(ask(commands, 't'), 1);
	CHECK(access(rules, F_OK) < 0);
	CHECK_INT(isolation_release(rules, &err), 0); /* nothing to release is well too */
	CHECK_STR(err.text, "");
	close(flow);
	ask(commands, 'q');
	waitpid(pid, NULL, 0);
	return VERDICT();
}

TEST(an_isolated_host_reaches_its_centre_and_nothing_else)
{
	if (!testing_is_root())
		SKIP("NOT ROOT: isolation is not tested");
	CHECK_INT(testing_in_network(cut_off, NULL, 60), 0);
}

static int centre_on_loopback(void *context)
{
	char rules[] = "/tmp/hikeshi-rules-XXXXXX";
	const struct isolation isolation = { .url = "https://127.0.0.1:8444", .rules_path = rules };
	struct err err = ERR_INIT;
	const int listener = listen_at(CENTRE_PORT);

	close(mkstemp(rules));
	if (listener < 0)
		return 9;
	CHECK_INT(isolate(&isolation, &err), 0);
	CHECK(can_reach("127.0.0.1", CENTRE_PORT));
	CHECK_INT(isolation_release(rules, &err), 0);
	return VERDICT();
}

TEST(a_centre_on_the_same_host_stays_reachable)
{
	if (!testing_is_root())
		SKIP("NOT ROOT: isolation is not tested");
	CHECK_INT(testing_in_network(centre_on_loopback, NULL, 30), 0);
}

static int allow_names(void *context)
{
	char rules[] = "/tmp/hikeshi-rules-XXXXXX";
	struct isolation isolation = { .url = "https://10.99.0.2:8444", .rules_path = rules, .dns = true };
	struct err err = ERR_INIT;

	close(mkstemp(rules));
	CHECK_INT(isolate(&isolation, &err), 0);
	CHECK_INT(testing_sh("nft list table inet hikeshi | grep -q 'udp dport 53 accept'"), 0);
	isolation.dns = false;
	CHECK_INT(isolate(&isolation, &err), 0);
	CHECK_INT(testing_sh("nft list table inet hikeshi | grep -q 'dport 53 accept'"), 1);
	isolation.url = "https://[fd00::1]:8444";
	CHECK_INT(isolate(&isolation, &err), 0);
	CHECK_INT(testing_sh("nft list table inet hikeshi | grep -q 'ip6 daddr fd00::1 tcp dport 8444 accept'"), 0);
	CHECK_INT(isolation_release(rules, &err), 0);
	return VERDICT();
}

TEST(name_servers_are_open_only_where_wished)
{
	if (!testing_is_root())
		SKIP("NOT ROOT: isolation is not tested");
	CHECK_INT(testing_in_network(allow_names, NULL, 30), 0);
}
