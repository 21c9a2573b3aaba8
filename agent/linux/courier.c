#include "agent/linux/courier.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

const struct spool_options courier_spool_options = { .bytes_max = SPOOL_BYTES_MAX, .drop_oldest = true };

int courier_enter(const char *folder, struct err *err)
{
	gid_t gid;
	const uid_t uid = courier_uid(&gid);
	int death_signal = 0;

	if (chdir(folder) < 0)
		return err_errno(err, errno, "going into %s", folder);
	if (uid == 0)
		return 0;
	prctl(PR_GET_PDEATHSIG, &death_signal);
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_errno(err, errno, "becoming user %u", uid);
	/* Changing the user took it away. */
	if (death_signal && prctl(PR_SET_PDEATHSIG, death_signal) < 0)
		return err_errno(err, errno, "asking for the parent's end");
	return 0;
}

void courier_fill_options(struct courier_options *ret, const char *url, bool (*stop)(void *),
			  void *context)
{
	*ret = (struct courier_options){
		.url = url,
		.ca_file = "ca.pem",
		.certificate_file = "certificate.pem",
		.key_file = "key.pem",
		.stop = stop,
		.context = context,
	};
}
