#include <stdlib.h>

#include "incident/internal.h"

/*
 * What a program is to the tree, by the last part of its path without ".exe".
 * ASCII letters fold; a '*' at the end stands for any ending. The first row counts.
 */
enum program {
	PROGRAM_OTHER,
	PROGRAM_LAUNCHER, /* starts things that have nothing to do with each other */
	PROGRAM_ENTRANCE, /* opens a session for the shell that it runs */
	PROGRAM_SHELL,
	PROGRAM_INTERPRETER, /* a shell below it is the attacker's, not a person's */
	PROGRAM_SERVER,	     /* answers strangers: what it starts belongs together */
};

static const struct {
	const char *name;
	enum program program;
} program_row[] = {
	/* init, service managers, schedulers */
	{ "systemd", PROGRAM_LAUNCHER },
	{ "systemd-executor", PROGRAM_LAUNCHER },
	{ "systemd-udevd", PROGRAM_LAUNCHER },
	{ "init", PROGRAM_LAUNCHER },
	{ "upstart", PROGRAM_LAUNCHER },
	{ "runsv", PROGRAM_LAUNCHER },
	{ "runsvdir", PROGRAM_LAUNCHER },
	{ "s6-supervise", PROGRAM_LAUNCHER },
	{ "s6-svscan", PROGRAM_LAUNCHER },
	{ "supervisord", PROGRAM_LAUNCHER },
	{ "openrc-run", PROGRAM_LAUNCHER },
	{ "tini", PROGRAM_LAUNCHER },
	{ "dumb-init", PROGRAM_LAUNCHER },
	{ "catatonit", PROGRAM_LAUNCHER },
	{ "cron", PROGRAM_LAUNCHER },
	{ "crond", PROGRAM_LAUNCHER },
	{ "anacron", PROGRAM_LAUNCHER },
	{ "atd", PROGRAM_LAUNCHER },
	{ "dbus-daemon", PROGRAM_LAUNCHER },
	{ "dbus-broker*", PROGRAM_LAUNCHER },
	{ "inetd", PROGRAM_LAUNCHER },
	{ "xinetd", PROGRAM_LAUNCHER },
	{ "qemu-ga", PROGRAM_LAUNCHER },
	{ "hikeshi-agent*", PROGRAM_LAUNCHER },
	{ "services", PROGRAM_LAUNCHER },
	{ "svchost", PROGRAM_LAUNCHER },
	{ "wininit", PROGRAM_LAUNCHER },
	{ "smss", PROGRAM_LAUNCHER },
	{ "csrss", PROGRAM_LAUNCHER },
	{ "taskeng", PROGRAM_LAUNCHER },
	{ "taskhost*", PROGRAM_LAUNCHER },
	{ "wmiprvse", PROGRAM_LAUNCHER },
	{ "runtimebroker", PROGRAM_LAUNCHER },
	{ "sihost", PROGRAM_LAUNCHER },
	/* containers */
	{ "containerd*", PROGRAM_LAUNCHER },
	{ "dockerd", PROGRAM_LAUNCHER },
	{ "conmon", PROGRAM_LAUNCHER },
	{ "crio", PROGRAM_LAUNCHER },
	{ "kubelet", PROGRAM_LAUNCHER },
	{ "lxc-start", PROGRAM_LAUNCHER },
	/* sign-in, desktops, terminals */
	{ "sshd*", PROGRAM_LAUNCHER },
	{ "dropbear", PROGRAM_LAUNCHER },
	{ "mosh-server", PROGRAM_LAUNCHER },
	{ "in.telnetd", PROGRAM_LAUNCHER },
	{ "telnetd", PROGRAM_LAUNCHER },
	{ "login", PROGRAM_LAUNCHER },
	{ "getty", PROGRAM_LAUNCHER },
	{ "agetty", PROGRAM_LAUNCHER },
	{ "mingetty", PROGRAM_LAUNCHER },
	{ "gdm*", PROGRAM_LAUNCHER },
	{ "lightdm", PROGRAM_LAUNCHER },
	{ "sddm*", PROGRAM_LAUNCHER },
	{ "xrdp*", PROGRAM_LAUNCHER },
	{ "gnome-session*", PROGRAM_LAUNCHER },
	{ "gnome-shell", PROGRAM_LAUNCHER },
	{ "gnome-terminal*", PROGRAM_LAUNCHER },
	{ "plasmashell", PROGRAM_LAUNCHER },
	{ "konsole", PROGRAM_LAUNCHER },
	{ "xfce4-*", PROGRAM_LAUNCHER },
	{ "lxsession", PROGRAM_LAUNCHER },
	{ "xterm", PROGRAM_LAUNCHER },
	{ "urxvt*", PROGRAM_LAUNCHER },
	{ "alacritty", PROGRAM_LAUNCHER },
	{ "kitty", PROGRAM_LAUNCHER },
	{ "tilix", PROGRAM_LAUNCHER },
	{ "terminator", PROGRAM_LAUNCHER },
	{ "tmux*", PROGRAM_LAUNCHER },
	{ "screen", PROGRAM_LAUNCHER },
	{ "code", PROGRAM_LAUNCHER },
	{ "code-server", PROGRAM_LAUNCHER },
	{ "explorer", PROGRAM_LAUNCHER },
	{ "winlogon", PROGRAM_LAUNCHER },
	{ "userinit", PROGRAM_LAUNCHER },
	{ "windowsterminal", PROGRAM_LAUNCHER },
	{ "openconsole", PROGRAM_LAUNCHER },
	/* entrances */
	{ "su", PROGRAM_ENTRANCE },
	{ "sudo", PROGRAM_ENTRANCE },
	{ "doas", PROGRAM_ENTRANCE },
	{ "runuser", PROGRAM_ENTRANCE },
	{ "machinectl", PROGRAM_ENTRANCE },
	{ "nsenter", PROGRAM_ENTRANCE },
	{ "unshare", PROGRAM_ENTRANCE },
	{ "chroot", PROGRAM_ENTRANCE },
	{ "setsid", PROGRAM_ENTRANCE },
	{ "script", PROGRAM_ENTRANCE },
	{ "ip", PROGRAM_ENTRANCE },
	{ "bwrap", PROGRAM_ENTRANCE },
	{ "docker", PROGRAM_ENTRANCE },
	{ "podman", PROGRAM_ENTRANCE },
	{ "runc", PROGRAM_ENTRANCE },
	{ "crun", PROGRAM_ENTRANCE },
	{ "kubectl", PROGRAM_ENTRANCE },
	{ "lxc-attach", PROGRAM_ENTRANCE },
	{ "systemd-run", PROGRAM_ENTRANCE },
	{ "systemd-nspawn", PROGRAM_ENTRANCE },
	{ "dbus-run-session", PROGRAM_ENTRANCE },
	/* shells */
	{ "sh", PROGRAM_SHELL },
	{ "bash", PROGRAM_SHELL },
	{ "rbash", PROGRAM_SHELL },
	{ "dash", PROGRAM_SHELL },
	{ "ash", PROGRAM_SHELL },
	{ "busybox", PROGRAM_SHELL },
	{ "zsh", PROGRAM_SHELL },
	{ "ksh*", PROGRAM_SHELL },
	{ "mksh", PROGRAM_SHELL },
	{ "fish", PROGRAM_SHELL },
	{ "csh", PROGRAM_SHELL },
	{ "tcsh", PROGRAM_SHELL },
	{ "cmd", PROGRAM_SHELL },
	{ "powershell", PROGRAM_SHELL },
	{ "pwsh", PROGRAM_SHELL },
	/* interpreters and tools that attackers let a shell hang on */
	{ "python*", PROGRAM_INTERPRETER },
	{ "perl*", PROGRAM_INTERPRETER },
	{ "ruby*", PROGRAM_INTERPRETER },
	{ "lua*", PROGRAM_INTERPRETER },
	{ "tclsh*", PROGRAM_INTERPRETER },
	{ "expect", PROGRAM_INTERPRETER },
	{ "awk", PROGRAM_INTERPRETER },
	{ "gawk", PROGRAM_INTERPRETER },
	{ "mawk", PROGRAM_INTERPRETER },
	{ "socat*", PROGRAM_INTERPRETER },
	{ "nc", PROGRAM_INTERPRETER },
	{ "nc.*", PROGRAM_INTERPRETER },
	{ "ncat", PROGRAM_INTERPRETER },
	{ "netcat", PROGRAM_INTERPRETER },
	{ "openssl", PROGRAM_INTERPRETER },
	{ "telnet", PROGRAM_INTERPRETER },
	{ "wscript", PROGRAM_INTERPRETER },
	{ "cscript", PROGRAM_INTERPRETER },
	{ "mshta", PROGRAM_INTERPRETER },
	{ "rundll32", PROGRAM_INTERPRETER },
	{ "regsvr32", PROGRAM_INTERPRETER },
	/* servers */
	{ "apache*", PROGRAM_SERVER },
	{ "httpd*", PROGRAM_SERVER },
	{ "nginx*", PROGRAM_SERVER },
	{ "lighttpd", PROGRAM_SERVER },
	{ "caddy", PROGRAM_SERVER },
	{ "php*", PROGRAM_SERVER },
	{ "uwsgi*", PROGRAM_SERVER },
	{ "gunicorn*", PROGRAM_SERVER },
	{ "java", PROGRAM_SERVER },
	{ "tomcat*", PROGRAM_SERVER },
	{ "w3wp", PROGRAM_SERVER },
	{ "sqlservr", PROGRAM_SERVER },
	{ "mysqld", PROGRAM_SERVER },
	{ "mariadbd", PROGRAM_SERVER },
	{ "postgres", PROGRAM_SERVER },
	{ "redis-server", PROGRAM_SERVER },
	{ "exim*", PROGRAM_SERVER },
	{ "master", PROGRAM_SERVER }, /* postfix */
	{ "smbd", PROGRAM_SERVER },
	{ "vsftpd", PROGRAM_SERVER },
	{ "proftpd", PROGRAM_SERVER },
};

static struct sv base_name(struct sv path)
{
	size_t start = path.n;

	while (start > 0 && path.p[start - 1] != '/' && path.p[start - 1] != '\\')
		start--;
	path = sv_slice(path, start, path.n);
	if (path.n > 4 && sv_eq_case(sv_slice(path, path.n - 4, path.n), SV(".exe")))
		path.n -= 4;
	return path;
}

static bool is_named(struct sv name, struct sv pattern)
{
	if (pattern.n > 0 && pattern.p[pattern.n - 1] == '*')
		return name.n >= pattern.n - 1 && sv_eq_case(sv_slice(name, 0, pattern.n - 1),
							     sv_slice(pattern, 0, pattern.n - 1));
	return sv_eq_case(name, pattern);
}

static enum program program_of(struct sv image)
{
	const struct sv name = base_name(image);

	for (size_t i = 0; i < sizeof program_row / sizeof *program_row; i++)
		if (is_named(name, sv_from(program_row[i].name)))
			return program_row[i].program;
	return PROGRAM_OTHER;
}

bool incident_is_entrance(struct sv image)
{
	return program_of(image) == PROGRAM_ENTRANCE;
}

/* The program's name at the front of a command line; moves *rest behind it. */
static void skip_name(struct sv *rest)
{
	*rest = sv_trim(*rest);
	if (rest->n > 0 && rest->p[0] == '"') {
		const size_t end = sv_find_char(*rest, '"', 1);

		*rest = sv_slice(*rest, end == SIZE_MAX ? rest->n : end + 1, rest->n);
		return;
	}
	sv_cut(rest, ' ');
}

/* Options that a shell of a person has: neither -c (a command) nor -s (standard input). */
static bool is_session_option(struct sv word)
{
	static const char *const windows[] = { "-nologo", "-noprofile", "-noexit", "-nop" };

	if (sv_starts(word, SV("--")))
		return !sv_starts(word, SV("--command"));
	for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
		if (sv_eq_case(word, sv_from(windows[i])))
			return true;
	if (word.n < 2 || (word.p[0] != '-' && word.p[0] != '+'))
		return false;
	return sv_find_char(word, 'c', 0) == SIZE_MAX && sv_find_char(word, 's', 0) == SIZE_MAX;
}

/* No script, no command: it reads what to do from its standard input. */
static bool reads_commands(struct sv command_line)
{
	struct sv rest = command_line;

	skip_name(&rest);
	while ((rest = sv_trim(rest)).n > 0) {
		const struct sv word = sv_cut(&rest, ' ');

		if (!is_session_option(word))
			return false;
		/* These options take the next word. */
		if (sv_eq(word, SV("--rcfile")) || sv_eq(word, SV("--init-file")) ||
		    sv_eq(word, SV("-O")) || sv_eq(word, SV("+O"))) {
			rest = sv_trim(rest);
			sv_cut(&rest, ' ');
		}
	}
	return true;
}

/* sudo -i, sudo -s, sudo su …: a session; sudo bash may stand behind a pipe. */
static bool asks_for_session(const struct incident_process *entrance)
{
	const struct sv name = base_name(entrance->image);
	struct sv rest = entrance->command_line;

	if (!sv_eq(name, SV("sudo")) && !sv_eq(name, SV("doas")))
		return true;
	skip_name(&rest);
	rest = sv_trim(rest);
	return sv_starts(rest, SV("-i")) || sv_starts(rest, SV("-s")) || sv_eq(rest, SV("su")) ||
	       sv_starts(rest, SV("su "));
}

static bool is_launcher(const struct incident_process *chain, size_t count, size_t at);

/* Whether a shell that reads commands is a person's: decided by who started it. */
static bool is_session_shell(const struct incident_process *chain, size_t count, size_t at)
{
	const struct incident_process *shell = &chain[at];
	const bool terminal = sv_eq(shell->standard_input, SV("tty"));
	bool entered = shell->entered, asked = terminal;

	if (!reads_commands(shell->command_line) || sv_eq(shell->standard_input, SV("socket")))
		return false;
	for (at++; at < count; at++) {
		const enum program program = program_of(chain[at].image);

		if (program == PROGRAM_ENTRANCE) {
			entered = true;
			asked |= !sv_eq(shell->standard_input, SV("pipe")) &&
				 asks_for_session(&chain[at]);
			continue;
		}
		if (program == PROGRAM_SHELL && is_launcher(chain, count, at))
			return asked; /* else it is the end of a pipe: … | sh */
		return program == PROGRAM_LAUNCHER ||
		       (program == PROGRAM_OTHER && (entered || chain[at].unseen));
	}
	return true; /* nothing is known above it */
}

static bool is_launcher(const struct incident_process *chain, size_t count, size_t at)
{
	const enum program program = program_of(chain[at].image);

	if (program == PROGRAM_LAUNCHER)
		return true;
	if (chain[at].unseen && at == 0) /* it acts itself */
		return program == PROGRAM_SHELL;
	/* It has run for long and may start anything; but a server's deeds are one. */
	if (chain[at].unseen)
		return program != PROGRAM_SERVER;
	return program == PROGRAM_SHELL && is_session_shell(chain, count, at);
}

struct incident_root incident_root(const struct incident_process *chain, size_t count)
{
	struct incident_root root = { .kind = INCIDENT_TREE_NONE, .launcher = SV_NONE };
	size_t at = 0;

	if (count > INCIDENT_CHAIN_MAX)
		count = INCIDENT_CHAIN_MAX;
	if (count == 0 || chain[0].guid.n == 0)
		return root;
	while (at < count && !is_launcher(chain, count, at))
		at++;
	root.kind = at == 0 ? INCIDENT_TREE_LAUNCHER : INCIDENT_TREE_PROCESS;
	root.at = at == 0 ? 0 : at - 1;
	if (at > 0 && at < count && program_of(chain[at].image) == PROGRAM_SHELL)
		root.launcher = chain[at].guid;
	return root;
}
