/* resolver.c - a process that asks for one name, without privileges, and ends. */
#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/linux/program.h"
#include "base/role.h"

static bool give_up_privileges(void)
{
	gid_t gid;
	const uid_t uid = courier_uid(&gid);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	if (uid == 0)
		return true;
	return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0;
}

int resolver_role(int argc, char **argv)
{
	const struct addrinfo wish = { .ai_socktype = SOCK_STREAM };
	char text[ISOLATION_ADDRESSES_MAX][INET6_ADDRSTRLEN];
	struct addrinfo *found = NULL;
	struct message message;
	size_t count = 0;

	if (argc != 2 || !give_up_privileges() || getaddrinfo(argv[1], NULL, &wish, &found) != 0)
		return err_exit_status(ERR_UNAVAILABLE);
	for (const struct addrinfo *one = found; one && count < ISOLATION_ADDRESSES_MAX; one = one->ai_next)
		if (getnameinfo(one->ai_addr, one->ai_addrlen, text[count], sizeof text[count], NULL, 0,
				NI_NUMERICHOST) == 0)
			count++;
	freeaddrinfo(found);
	message_init(&message, AGENT_RESOLVED);
	message_put_u64(&message, count);
	for (size_t i = 0; i < count; i++)
		message_put_sv(&message, sv_from(text[i]));
	message_send(ROLE_CHANNEL_FD, &message, NULL);
	message_done(&message);
	/* The asker ends us when it has read. */
	pause();
	return 0;
}
