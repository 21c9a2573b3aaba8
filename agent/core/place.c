#include "agent/agent.h"

/* Later rows win where more than one fits, so the exact ones stand below. */
const struct place places[] = {
	{ PLACE_LOG, "/var/log/", "" },
	{ PLACE_LOG, "/run/utmp", "" },
	{ PLACE_LOG, "/var/run/utmp", "" },
	{ PLACE_PROGRAM, "/tmp/", "" },
	{ PLACE_PROGRAM, "/var/tmp/", "" },
	{ PLACE_PROGRAM, "/dev/shm/", "" },
	{ PLACE_PROGRAM, "/run/user/", "" },
	/* jobs at set times */
	{ PLACE_PERSISTENCE, "/etc/cron", "" },
	{ PLACE_PERSISTENCE, "/etc/anacrontab", "" },
	{ PLACE_PERSISTENCE, "/var/spool/cron/", "" },
	{ PLACE_PERSISTENCE, "/var/spool/anacron/", "" },
	{ PLACE_PERSISTENCE, "/var/spool/at/", "" },
	/* services */
	{ PLACE_PERSISTENCE, "/etc/systemd/", "" },
	{ PLACE_PERSISTENCE, "/usr/lib/systemd/", "" },
	{ PLACE_PERSISTENCE, "/usr/local/lib/systemd/", "" },
	{ PLACE_PERSISTENCE, "/lib/systemd/", "" },
	{ PLACE_PERSISTENCE, "/run/systemd/system/", "" },
	{ PLACE_PERSISTENCE, "", "/.config/systemd/user/" },
	{ PLACE_PERSISTENCE, "/etc/init.d/", "" },
	{ PLACE_PERSISTENCE, "/etc/rc", "" },
	{ PLACE_PERSISTENCE, "/etc/inittab", "" },
	{ PLACE_PERSISTENCE, "/etc/udev/rules.d/", "" },
	{ PLACE_PERSISTENCE, "/etc/modules", "" },
	{ PLACE_PERSISTENCE, "/etc/xdg/autostart/", "" },
	{ PLACE_PERSISTENCE, "", "/.config/autostart/" },
	{ PLACE_PERSISTENCE, "/etc/update-motd.d/", "" },
	{ PLACE_PERSISTENCE, "/etc/apt/apt.conf.d/", "" },
	/* shells */
	{ PLACE_PERSISTENCE, "/etc/profile", "" },
	{ PLACE_PERSISTENCE, "/etc/bash", "" },
	{ PLACE_PERSISTENCE, "/etc/zsh", "" },
	{ PLACE_PERSISTENCE, "/etc/environment", "" },
	{ PLACE_PERSISTENCE, "", "/.bashrc" },
	{ PLACE_PERSISTENCE, "", "/.bash_profile" },
	{ PLACE_PERSISTENCE, "", "/.bash_login" },
	{ PLACE_PERSISTENCE, "", "/.bash_logout" },
	{ PLACE_PERSISTENCE, "", "/.profile" },
	{ PLACE_PERSISTENCE, "", "/.zshrc" },
	{ PLACE_PERSISTENCE, "", "/.zprofile" },
	{ PLACE_PERSISTENCE, "", "/.zshenv" },
	/* who may come in, and as whom */
	{ PLACE_PERSISTENCE, "", "/.ssh/authorized_keys" },
	{ PLACE_PERSISTENCE, "", "/.ssh/authorized_keys2" },
	{ PLACE_PERSISTENCE, "", "/.ssh/rc" },
	{ PLACE_PERSISTENCE, "/etc/ssh/", "" },
	{ PLACE_PERSISTENCE, "/etc/sudoers", "" },
	{ PLACE_PERSISTENCE, "/etc/passwd", "" },
	{ PLACE_PERSISTENCE, "/etc/shadow", "" },
	{ PLACE_PERSISTENCE, "/etc/group", "" },
	{ PLACE_PERSISTENCE, "/etc/pam.d/", "" },
	{ PLACE_PERSISTENCE, "/etc/doas.conf", "" },
	{ PLACE_PERSISTENCE, "/etc/ld.so.", "" },
	{ PLACE_HISTORY, "", "/.bash_history" },
	{ PLACE_HISTORY, "", "/.zsh_history" },
	{ PLACE_HISTORY, "", "/.ash_history" },
};
const size_t place_count = sizeof places / sizeof *places;

static bool fits(const struct place *place, struct sv path)
{
	const struct sv begin = sv_from(place->begin), end = sv_from(place->end);

	if (!sv_starts(path, begin))
		return false;
	if (end.n > 0 && end.p[end.n - 1] == '/')
		return sv_find(path, end, 0) != SIZE_MAX;
	return sv_ends(path, end);
}

enum place_kind place_of(struct sv path)
{
	for (size_t i = place_count; i-- > 0;)
		if (fits(&places[i], path))
			return places[i].kind;
	return PLACE_NONE;
}

bool place_straighten(struct sv path, char ret[static PLACE_PATH_MAX], size_t *ret_n)
{
	size_t n = 0;

	if (path.n == 0 || path.p[0] != '/')
		return false;
	while (path.n > 0) {
		const struct sv part = sv_cut(&path, '/');

		if (part.n == 0 || sv_eq(part, SV(".")))
			continue;
		if (sv_eq(part, SV(".."))) {
			while (n > 0 && ret[--n] != '/')
				;
			continue;
		}
		if (part.n + 1 > PLACE_PATH_MAX - n)
			return false;
		ret[n++] = '/';
		memcpy(ret + n, part.p, part.n);
		n += part.n;
	}
	if (n == 0)
		ret[n++] = '/';
	*ret_n = n;
	return true;
}
