/*
 * Each case runs in a child that locks itself in and then does one thing. What
 * seccomp does can be seen only in builds without sanitizers (suite release).
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/test.h"

#define KILLED (-SIGSYS)
#define FAILED_TO_ENTER 200

static char folder[] = "/tmp/hikeshi-sandbox-XXXXXX";

static const char *inside(const char *name, char text[static 128])
{
	snprintf(text, 128, "%s/%s", folder, name);
	return text;
}

/* The status of a child that runs act in the profile: what act returned, or minus a signal. */
static int in_profile(enum sandbox_profile profile, int (*act)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const struct sandbox_path path[] = {
			{ folder, SANDBOX_READ | SANDBOX_WRITE },
			{ "/etc", SANDBOX_READ },
			{ "/nonexistent", SANDBOX_READ | SANDBOX_OPTIONAL },
		};
		const struct sandbox_options options = {
			.profile = profile,
			.path = path,
			.path_count = 3,
			.skip = SANDBOX_SKIP,
			.files_max = 64,
			.memory_max = (uint64_t)256 << 20,
		};
		struct sandbox_report report;
		struct err err = ERR_INIT;

		if (sandbox_enter(&options, &report, &err) < 0) {
			fprintf(stderr, "# %s\n", err.text);
			_exit(FAILED_TO_ENTER);
		}
		_exit(act());
	}
	if (waitpid(pid, &status, 0) < 0)
		return -1000;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int act_messages(void)
{
	struct sha256 digest = sha256_of(SV("abc"));
	int end[2];

	/* The key process gets its sockets before; a pipe serves to see that bytes flow. */
	if (pipe2(end, O_CLOEXEC) < 0 || write(end[1], digest.byte, 32) != 32 ||
	    read(end[0], digest.byte, 32) != 32)
		return 1;
	random_bytes(digest.byte, 32);
	free(mem_zalloc((size_t)8 << 20));
	return 0;
}

/* The first use of the library comes after locking in: the worst case. */
static int act_sign(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[64];
	size_t n = sizeof signature;
	int status = 1;

	if (key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(context, signature, &n, (const unsigned char *)"order", 5) == 1)
		status = 0;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return status;
}

static int act_open(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}
static int act_execute(void)
{
	static char name[] = "/bin/true";
	char *argv[] = { name, NULL };

	execv("/bin/true", argv);
	return errno;
}
static int act_fork(void)
{
	return fork() < 0 ? errno : 0;
}
static int act_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}
static int act_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}
static int act_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}
static int act_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}
static int act_kill_parent(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}
static int act_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}
static int act_mount(void)
{
	return (int)syscall(SYS_unshare, 0) < 0 ? errno : 0;
}
static int act_abort(void)
{
	abort();
}

static void *in_thread(void *argument)
{
	*(int *)argument = 7;
	return NULL;
}

static int act_thread(void)
{
	pthread_t thread;
	int value = 0;

	if (pthread_create(&thread, NULL, in_thread, &value) != 0)
		return 1;
	pthread_join(thread, NULL);
	return value == 7 ? 0 : 2;
}

static int act_files(void)
{
	char a[128], b[128];
	int fd = open(inside("a", a), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) < 0 || ftruncate(fd, 0) < 0)
		return errno;
	if (close(fd) < 0 || rename(a, inside("b", b)) < 0 || unlink(b) < 0 || mkdir(a, 0700) < 0 ||
	    rmdir(a) < 0)
		return errno;
	return 0;
}

static int act_outside(void)
{
	return open("/usr/bin/env", O_RDONLY) < 0 ? errno : 0;
}

static int act_write_read_only(void)
{
	return open("/etc/hikeshi-must-not-be", O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

static int act_resolve(void)
{
	struct addrinfo *found = NULL;
	const int status = getaddrinfo("localhost", "80", NULL, &found);

	if (found)
		freeaddrinfo(found);
	return status == 0 ? 0 : 1;
}

static int act_connect(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(1) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return 1;
	return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == ECONNREFUSED
		       ? 0
		       : 2;
}

static int act_state(void)
{
	struct rlimit files, core, memory;

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_DATA, &memory);
	return files.rlim_cur == 64 && core.rlim_max == 0 && memory.rlim_cur == (rlim_t)256 << 20
		       ? 0
		       : 1;
}

static int act_too_much_memory(void)
{
	return mmap(NULL, (size_t)300 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0) == MAP_FAILED
		       ? errno
		       : 0;
}

TEST(profiles_allow_and_refuse)
{
	static const struct {
		const char *name;
		int (*act)(void);
		int want[SANDBOX_PROFILE_COUNT]; /* key, server, courier, press */
	} row[] = {
		{ "messages", act_messages, { 0, 0, 0, 0 } },
		{ "open", act_open, { EACCES, 0, 0, 0 } },
		{ "execute", act_execute, { KILLED, KILLED, KILLED, KILLED } },
		{ "fork", act_fork, { KILLED, KILLED, KILLED, KILLED } },
		{ "thread", act_thread, { KILLED, 0, 0, 0 } },
		{ "inet", act_inet, { KILLED, EAFNOSUPPORT, 0, EAFNOSUPPORT } },
		{ "unix", act_unix, { KILLED, 0, 0, EAFNOSUPPORT } },
		{ "packet", act_packet, { KILLED, EAFNOSUPPORT, KILLED, EAFNOSUPPORT } },
		{ "ptrace", act_ptrace, { KILLED, KILLED, KILLED, KILLED } },
		{ "kill", act_kill_parent, { KILLED, KILLED, KILLED, KILLED } },
		{ "code", act_code, { KILLED, EACCES, EACCES, KILLED } },
		{ "mount", act_mount, { KILLED, KILLED, KILLED, KILLED } },
		{ "abort", act_abort, { -SIGABRT, -SIGABRT, -SIGABRT, -SIGABRT } },
		{ "files", act_files, { EACCES, 0, 0, EACCES } },
		{ "resolve", act_resolve, { KILLED, 0, 0, 0 } },
		{ "sign", act_sign, { 0, 0, 0, 0 } },
		{ "connect", act_connect, { KILLED, 1, 0, 1 } },
		{ "limits", act_state, { 0, 0, 0, 0 } },
		{ "memory", act_too_much_memory, { ENOMEM, ENOMEM, ENOMEM, ENOMEM } },
	};

	if (SANDBOX_SANITIZED)
		SKIP("a sanitizer build: seccomp and memory limits are tested in the shipped build");
	REQUIRE(mkdtemp(folder));
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		for (int profile = 0; profile < SANDBOX_PROFILE_COUNT; profile++) {
			const int got = in_profile((enum sandbox_profile)profile, row[i].act);

			if (got != row[i].want[profile])
				printf("# %s in profile %d:\n", row[i].name, profile);
			CHECK_INT(got, row[i].want[profile]);
		}
	rmdir(folder);
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

TEST(only_named_paths)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		SKIP("this kernel has no Landlock");
	REQUIRE(mkdtemp(folder));
	CHECK_INT(in_profile(SANDBOX_SERVER, act_files), 0);
	CHECK_INT(in_profile(SANDBOX_SERVER, act_open), 0);
	CHECK_INT(in_profile(SANDBOX_SERVER, act_outside), EACCES);
	CHECK_INT(in_profile(SANDBOX_SERVER, act_write_read_only), EACCES);
	rmdir(folder);
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

/* What the locked-in child sees of itself. */
static int enter_as(const char *user, struct sandbox_report *report)
{
	const struct sandbox_path path[] = { { "/proc", SANDBOX_READ } };
	const struct sandbox_options options = {
		.profile = SANDBOX_SERVER,
		.path = path,
		.path_count = 1,
		.user = user,
		.skip = SANDBOX_SKIP,
	};
	struct err err = ERR_INIT;

	return sandbox_enter(&options, report, &err);
}

static int status_of(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run();
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void as_nobody(void)
{
	struct sandbox_report report;
	uint32_t caps[6] = { 0x20080522, 0 };
	int death = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (enter_as("nobody", &report) < 0)
		_exit(1);
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || strcmp(report.user, "nobody") != 0)
		_exit(2);
	if (SANDBOX_SANITIZED) {
		/* These calls are out of the profile, so seccomp must be out of the way. */
		if (syscall(SYS_capget, caps, caps + 2) < 0)
			caps[2] = 0;
		prctl(PR_GET_PDEATHSIG, &death);
		if (setuid(0) == 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
		    death != SIGKILL)
			_exit(3);
	}
	_exit(0);
}

static void as_unknown(void)
{
	struct sandbox_report report;

	if (enter_as("no-such-user", &report) < 0)
		_exit(1);
	_exit(getuid() == 0 && report.user[0] == '\0' &&
			      strcmp(report.user_why, "there is no user no-such-user") == 0
		      ? 0
		      : 2);
}

TEST(another_user)
{
	if (geteuid() != 0)
		SKIP("not root");
	CHECK_INT(status_of(as_nobody), 0);
	CHECK_INT(status_of(as_unknown), 0);
}

/* Reads one line of /proc/self/status; the process must still be able to. */
static uint64_t status_line(const char *name, int base)
{
	char text[8192];
	const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *at;

	if (n <= 0)
		return UINT64_MAX;
	close(fd);
	text[n] = '\0';
	at = strstr(text, name);
	return at ? strtoull(at + strlen(name), NULL, base) : UINT64_MAX;
}

static void as_root_without_power(void)
{
	struct sandbox_report report;

	if (enter_as(NULL, &report) < 0)
		_exit(1);
	if (status_line("CapEff:", 16) != 0 || status_line("CapPrm:", 16) != 0 ||
	    status_line("CapBnd:", 16) != 0 || status_line("CapAmb:", 16) != 0)
		_exit(2);
	if (status_line("NoNewPrivs:", 10) != 1 ||
	    status_line("\nSeccomp:", 10) != (SANDBOX_SANITIZED ? 0U : 2U))
		_exit(3);
	_exit(report.seccomp == !SANDBOX_SANITIZED ? 0 : 4);
}

TEST(no_capabilities_even_as_root)
{
	if (geteuid() != 0)
		SKIP("not root");
	CHECK_INT(status_of(as_root_without_power), 0);
}

static void *sleep_long(void *argument)
{
	pause();
	return NULL;
}

static void with_a_thread(void)
{
	struct sandbox_report report;
	pthread_t thread;

	pthread_create(&thread, NULL, sleep_long, NULL);
	_exit(enter_as(NULL, &report) < 0 ? 0 : 1);
}

static void with_a_missing_path(void)
{
	const struct sandbox_path path[] = { { "/nonexistent", SANDBOX_READ } };
	const struct sandbox_options options = { .path = path,
						 .path_count = 1,
						 .skip = SANDBOX_SKIP };
	struct sandbox_report report;
	struct err err = ERR_INIT;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		_exit(0);
	_exit(sandbox_enter(&options, &report, &err) < 0 &&
			      strcmp(err.text,
				     "locking in, path /nonexistent: No such file or directory") ==
				      0
		      ? 0
		      : 1);
}

static void with_forbidden_skip(void)
{
	const struct sandbox_options options = { .skip = 64 | SANDBOX_SKIP };
	struct sandbox_report report;
	struct err err = ERR_INIT;

	_exit(sandbox_enter(&options, &report, &err) < 0 ? 0 : 1);
}

static void with_many_paths(void)
{
	struct sandbox_path path[SANDBOX_PATHS_MAX + 1];
	struct sandbox_options options = { .profile = SANDBOX_SERVER,
					   .path = path,
					   .skip = SANDBOX_SKIP };
	struct sandbox_report report;
	struct err err = ERR_INIT;

	for (size_t i = 0; i <= SANDBOX_PATHS_MAX; i++)
		path[i] = (struct sandbox_path){ "/etc", SANDBOX_READ };
	options.path_count = SANDBOX_PATHS_MAX + 1;
	if (sandbox_enter(&options, &report, &err) == 0)
		_exit(1);
	options.path_count = SANDBOX_PATHS_MAX;
	_exit(sandbox_enter(&options, &report, &err) == 0 ? 0 : 2);
}

TEST(wrong_use_is_refused)
{
	CHECK_INT(status_of(with_many_paths), 0);
	CHECK_INT(status_of(with_a_thread), 0);
	CHECK_INT(status_of(with_a_missing_path), 0);
	CHECK_INT(status_of(with_forbidden_skip), 0);
}
