/*
 * tool - puts mails into a centre's queue, as the programme's jobs do.
 *
 * usage: mail-tool RECORDS.sqlite PROGRAMME COMPANY TO NAME SUBJECT [COUNT]
 *                                  the text on stdin; prints each mail's id
 */
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "mail/mail.h"

static int put(const char *path, char **word, struct sv body, uint64_t count, struct err *err)
{
	char url[512], id[UUID_TEXT_MAX];
	const struct instant now = clock_now(clock_real());
	const struct mail_wish wish = {
		.programme = sv_from(word[0]), .company = sv_from(word[1]), .to = sv_from(word[2]),
		.to_name = sv_from(word[3]), .subject = sv_from(word[4]), .body = body,
		.template_id = SV("received"), .now = now, .real_now = now,
	};
	struct store *store;
	int r;

	snprintf(url, sizeof url, "sqlite:%s", path);
	store = store_open(url, err);
	if (store == NULL)
		return -1;
	r = store_begin(store, err);
	for (uint64_t i = 0; i < count && r == 0; i++) {
		r = mail_queue(store, &wish, id, err);
		if (r == 0)
			puts(id);
	}
	if (r == 0)
		r = store_commit(store, err);
	store_close(store);
	return r;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	uint64_t count = 1;
	struct buf body;
	int r = -1;

	if (argc < 7 || argc > 8 || (argc == 8 && !sv_to_u64(sv_from(argv[7]), &count))) {
		fprintf(stderr, "usage: mail-tool RECORDS PROGRAMME COMPANY TO NAME SUBJECT [COUNT] <TEXT\n");
		return 2;
	}
	buf_init(&body, MAIL_BODY_MAX + 1);
	if (file_read_fd(STDIN_FILENO, "standard input", &body, &err) == 0)
		r = put(argv[1], argv + 2, buf_sv(&body), count, &err);
	buf_done(&body);
	if (r != 0)
		fprintf(stderr, "mail-tool: %s\n", err.text);
	return r == 0 ? 0 : 1;
}
