#include "report/press_private.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* What does not fit into a message goes through a memory file. */
int press_put(struct message *message, struct sv bytes, int *ret_fd, struct err *err)
{
	const int fd = memfd_create("report", MFD_CLOEXEC);
	size_t done = 0;

	if (fd < 0)
		return err_errno(err, errno, "making a memory file");
	while (done < bytes.n) {
		const ssize_t n = pwrite(fd, bytes.p + done, bytes.n - done, (off_t)done);

		if (n <= 0 && errno != EINTR) {
			err_errno(err, errno, "writing a memory file");
			close(fd);
			return -1;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	message_put_u64(message, bytes.n);
	*ret_fd = fd;
	return 0;
}

/* The other side may change the file meanwhile: what was read once counts. */
int press_take(struct message *message, size_t bytes, struct buf *ret, struct err *err)
{
	size_t done = 0;
	char *p;
	int fd;

	if (message_get_fd(message, &fd, err) != 0)
		return -1;
	p = buf_reserve(ret, bytes);
	while (p != NULL && done < bytes) {
		const ssize_t n = pread(fd, p + done, bytes - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(fd);
	if (p == NULL || done < bytes)
		return err_set(err, ERR_FORMAT, "a memory file is shorter than it should be");
	ret->n += bytes;
	return 0;
}

static int read_answer(struct message *answer, struct buf *pdf, unsigned *ret_pages,
		       struct err *err)
{
	uint64_t bytes, pages;

	if (message_get_u64(answer, REPORT_PDF_MAX, &bytes, err) != 0 ||
	    message_get_u64(answer, UINT16_MAX, &pages, err) != 0 ||
	    press_take(answer, (size_t)bytes, pdf, err) != 0 || message_end(answer, err) != 0)
		return -1;
	*ret_pages = (unsigned)pages;
	return 0;
}

int press_draw(struct channel *channel, struct sv json, struct buf *pdf, unsigned *ret_pages,
	       struct err *err)
{
	struct message question, answer;
	int fd, r;

	message_init(&question, PRESS_DRAW);
	if (press_put(&question, json, &fd, err) != 0) {
		message_done(&question);
		return -1;
	}
	message_put_fd(&question, fd);
	r = message_call(channel, &question, PRESS_DRAWN, PRESS_WAIT_MS, &answer, err);
	message_done(&question);
	close(fd);
	if (r != 0)
		return err_wrap(err, "drawing a report");
	r = read_answer(&answer, pdf, ret_pages, err);
	message_done(&answer);
	return r;
}
