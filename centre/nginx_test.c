#include <ftw.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/test.h"
#include "centre/nginx.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TEST(addresses)
{
	static const char long_host[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:8443"; /* 264 */
	static const struct {
		const char *text, *host;
		unsigned port; /* 0: refused */
	} row[] = {
		{ "127.0.0.1:8443", "127.0.0.1", 8443 },
		{ "[::1]:443", "::1", 443 },
		{ "centre.example:65535", "centre.example", 65535 },
		{ "0.0.0.0:1", "0.0.0.0", 1 },
		{ "127.0.0.1", NULL, 0 },
		{ "127.0.0.1:", NULL, 0 },
		{ ":8443", NULL, 0 },
		{ "", NULL, 0 },
		{ "127.0.0.1:0", NULL, 0 },
		{ "127.0.0.1:65536", NULL, 0 },
		{ "127.0.0.1:99999999999999999999", NULL, 0 },
		{ "127.0.0.1:84x", NULL, 0 },
		{ "::1:443", NULL, 0 },
		{ "[]:443", NULL, 0 },
		{ "a b:443", NULL, 0 },
		{ "x;include /etc/passwd:443", NULL, 0 },
		{ "x{}:443", NULL, 0 },
		{ long_host, NULL, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct nginx_address address = { "untouched", 7 };
		struct err err = ERR_INIT;
		const int r = nginx_address_parse(sv_from(row[i].text), &address, &err);

		if (row[i].port == 0) {
			CHECK_INT(r, -1);
			CHECK_INT(err.code, ERR_USAGE);
			CHECK(err.hint[0] != '\0');
			CHECK_STR(address.host, "untouched");
		} else {
			CHECK_INT(r, 0);
			CHECK_STR(address.host, row[i].host);
			CHECK_INT(address.port, row[i].port);
		}
	}
}

TEST(taken_port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct nginx_address address = { "127.0.0.1", 0 };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err err = ERR_INIT;
	socklen_t n = sizeof in;

	REQUIRE(bind(fd, (struct sockaddr *)&in, sizeof in) == 0 && listen(fd, 1) == 0 &&
		getsockname(fd, (struct sockaddr *)&in, &n) == 0);
	address.port = ntohs(in.sin_port);
	CHECK_INT(nginx_address_check(&address, &err), -1);
	CHECK_INT(err.code, ERR_CONFLICT);
	close(fd);
	CHECK_INT(nginx_address_check(&address, NULL), 0);
	snprintf(address.host, sizeof address.host, "192.0.2.1");
	CHECK_INT(nginx_address_check(&address, &err), -1);
	CHECK_INT(err.code, ERR_USAGE);
}

/* nginx itself says whether it understands what we wrote. */
static int understood(const char *nginx, const struct layout *layout)
{
	int status = -1;
	const pid_t child = fork();

	if (child == 0) {
		if (freopen("/dev/null", "w", stderr) != NULL)
			execl(nginx, nginx, "-t", "-q", "-e", "/dev/null", "-p", layout->nginx, "-c",
			      layout->nginx_conf, (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int write_for(const char *folder, const char *people, const char *console, struct err *err)
{
	struct arena *arena = arena_new(1 << 16);
	struct nginx_options options = { .console = console };
	struct layout layout;
	char nginx[256];
	int r = -1;

	options.layout = &layout;
	if (nginx_address_parse(sv_from(people), &options.people, err) == 0 &&
	    nginx_address_parse(SV("127.0.0.1:8444"), &options.devices, err) == 0 &&
	    layout_open(folder, arena, &layout, err) == 0 && nginx_write(&options, err) == 0) {
		/* without certificates it gets no further than these */
		r = file_write(layout.ca, SV("x"), 0600, err);
		if (r == 0 && nginx_find(nginx, NULL) != NULL)
			CHECK(understood(nginx, &layout) != 127);
	}
	arena_free(arena);
	return r;
}

TEST(configuration)
{
	static const struct {
		const char *name, *people, *console;
		int r;
	} row[] = {
		{ "plain", "127.0.0.1:8443", "/usr/share/console", 0 },
		{ "without-console", "[::1]:8443", NULL, 0 },
		{ "日本", "127.0.0.1:8443", NULL, 0 },
		{ "a space", "127.0.0.1:8443", NULL, -1 },
		{ "quote\"", "127.0.0.1:8443", NULL, -1 },
		{ "dollar$HOME", "127.0.0.1:8443", NULL, -1 },
		{ "semicolon;", "127.0.0.1:8443", NULL, -1 },
		{ "plain2", "127.0.0.1:8443", "/a;b", -1 },
	};
	char root[] = "/tmp/nginx_test.XXXXXX";

	REQUIRE(mkdtemp(root) != NULL);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char folder[128];
		struct err err = ERR_INIT;

		snprintf(folder, sizeof folder, "%s/%s", root, row[i].name);
		CHECK_INT(write_for(folder, row[i].people, row[i].console, &err), row[i].r);
		CHECK_INT(err.code, row[i].r ? ERR_USAGE : ERR_OK);
	}
	remove_all(root);
}
