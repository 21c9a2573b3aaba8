#include "centre/confine.h"

#include "base/sandbox.h"

static void tell(const struct sandbox_report *report, const struct log *log)
{
	if (report->landlock == 0)
		log_line(log, LOG_WARNING, "no Landlock on this kernel: files are guarded by their owner only",
			 LOG_STR("why", report->landlock_why));
	if (report->user_why[0] != '\0')
		log_line(log, LOG_INFO, "the user is not changed", LOG_STR("why", report->user_why));
	if (!report->seccomp)
		log_line(log, LOG_INFO, "system calls are not filtered in this build");
}

int confine_key(const struct layout *layout, const struct log *log, struct err *err)
{
	const struct sandbox_options options = {
		.profile = SANDBOX_KEY, .user = layout->owner.drop ? LAYOUT_USER : NULL,
		.memory_max = CONFINE_KEY_MEMORY, .skip = SANDBOX_SKIP,
	};
	struct sandbox_report report;

	if (sandbox_enter(&options, &report, err) != 0)
		return err_wrap(err, "locking the key process in");
	tell(&report, log);
	return 0;
}

int confine_server(const struct layout *layout, const char *placeholders, const char *const *rules,
		   size_t rules_count, const struct log *log, struct err *err)
{
	struct sandbox_path path[SANDBOX_PATHS_MAX] = {
		{ layout->store, SANDBOX_READ | SANDBOX_WRITE },
		{ "/dev/urandom", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/etc/localtime", SANDBOX_READ | SANDBOX_OPTIONAL },
		{ "/usr/share/zoneinfo", SANDBOX_READ | SANDBOX_OPTIONAL },
	};
	struct sandbox_options options = {
		.profile = SANDBOX_SERVER, .path = path, .path_count = 4,
		.user = layout->owner.drop ? LAYOUT_USER : NULL, .memory_max = CONFINE_SERVER_MEMORY, .files_max = CONFINE_SERVER_FILES,
		.skip = SANDBOX_SKIP,
	};
	struct sandbox_report report;

	if (SANDBOX_SANITIZED) /* the search for leaks looks at the threads */
		path[options.path_count++] = (struct sandbox_path){ "/proc", SANDBOX_READ };
	if (placeholders[0] != '\0')
		path[options.path_count++] = (struct sandbox_path){ placeholders, SANDBOX_READ };
	for (size_t i = 0; i < rules_count; i++) {
		if (options.path_count == SANDBOX_PATHS_MAX)
			return err_set(err, ERR_RANGE, "more than %zu folders of rules",
				       i);
		path[options.path_count++] = (struct sandbox_path){ rules[i], SANDBOX_READ };
	}
	if (sandbox_enter(&options, &report, err) != 0)
		return err_wrap(err, "locking the server in");
	tell(&report, log);
	return 0;
}
