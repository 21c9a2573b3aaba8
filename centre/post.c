#include "centre/post.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "centre/live.h"
#include "mail/mail.h"
#include "mail/post.h"

#define ARENA_MAX (1U << 20)

struct post {
	pthread_mutex_t lock; /* of what stands above the thread */
	pthread_cond_t changed;
	bool stopping, wanted;
	int link, next_link; /* -1: none; next_link came while the other was in use */
	bool in_use;	     /* by the thread, which alone then replaces link */
	pthread_t thread;
	struct centre *centre;
	struct store *records;
	struct arena *arena;
	struct channel channel;
	bool has_server;
};

static bool stopping(struct post *post)
{
	bool stop;

	pthread_mutex_lock(&post->lock);
	stop = post->stopping;
	pthread_mutex_unlock(&post->lock);
	return stop;
}

/* ---- the link ---- */

static void replace_link(struct post *post, int fd)
{
	if (post->link >= 0)
		close(post->link);
	post->link = fd;
	post->channel = (struct channel){ .fd = fd };
}

void post_attach(struct post *post, int take_fd)
{
	pthread_mutex_lock(&post->lock);
	if (!post->in_use) {
		replace_link(post, take_fd);
	} else {
		/* Its other end is gone: whoever waits for an answer there wakes. */
		shutdown(post->link, SHUT_RDWR);
		if (post->next_link >= 0)
			close(post->next_link);
		post->next_link = take_fd;
	}
	post->wanted = true;
	pthread_cond_signal(&post->changed);
	pthread_mutex_unlock(&post->lock);
}

static bool take_link(struct post *post)
{
	pthread_mutex_lock(&post->lock);
	post->in_use = post->link >= 0 && !post->stopping;
	pthread_mutex_unlock(&post->lock);
	return post->in_use;
}

static void give_link_back(struct post *post, bool broken)
{
	pthread_mutex_lock(&post->lock);
	post->in_use = false;
	if (broken || post->next_link >= 0) {
		replace_link(post, post->next_link);
		post->next_link = -1;
	}
	pthread_mutex_unlock(&post->lock);
}

/* ---- one mail ---- */

struct answer {
	enum mail_outcome outcome;
	bool general;
	char said[POST_SAID_MAX + 1];
};

static int read_answer(struct message *message, struct answer *ret, struct err *err)
{
	uint64_t outcome;
	struct sv said;

	if (message_get_u64(message, MAIL_OUTCOME_COUNT - 1, &outcome, err) != 0 ||
	    message_get_bool(message, &ret->general, err) != 0 ||
	    message_get_sv(message, POST_SAID_MAX, &said, err) != 0 ||
	    message_end(message, err) != 0)
		return -1;
	ret->outcome = (enum mail_outcome)outcome;
	if (said.n > 0)
		memcpy(ret->said, said.p, said.n);
	ret->said[said.n] = '\0';
	return 0;
}

static int hand_over(struct post *post, const struct mail *mail, struct answer *ret,
		     struct err *err)
{
	struct message question, answer;
	int r;

	message_init(&question, POST_MAIL);
	message_put_sv(&question, mail->id);
	message_put_sv(&question, mail->to);
	message_put_sv(&question, mail->to_name);
	message_put_sv(&question, mail->subject);
	message_put_sv(&question, mail->body);
	message_put_sv(&question, mail->calendar);
	message_put_i64(&question, mail->created.us);
	r = message_call(&post->channel, &question, POST_DONE, POST_WAIT_MS, &answer, err);
	message_done(&question);
	if (r != 0)
		return -1;
	r = read_answer(&answer, ret, err);
	message_done(&answer);
	return r;
}

static void tell(struct post *post, const struct mail *mail, const struct answer *answer)
{
	static const struct {
		enum log_level level;
		const char *text;
	} row[MAIL_OUTCOME_COUNT] = {
		[MAIL_TAKEN] = { LOG_INFO, "a mail is sent" },
		[MAIL_REFUSED] = { LOG_WARNING, "a mail was refused" },
		[MAIL_AWAY] = { LOG_WARNING, "a mail waits: its server is away" },
		[MAIL_LOST] = { LOG_WARNING, "a mail was cut off: whether it went out is not known" },
	};

	log_line(post->centre->log, row[answer->outcome].level, row[answer->outcome].text,
		 LOG_TEXT("mail", mail->id), LOG_STR("said", answer->said));
	if (mail->company.n > 0)
		live_publish(post->centre->live, LIVE_MAIL, mail->company, mail->id, false);
}

enum step { STEP_NEXT, STEP_IDLE, STEP_AWAY, STEP_FAILED };

/* A transaction of one change of a mail. */
static int write_outcome(struct post *post, const struct mail *mail, const struct answer *answer,
			 struct err *err)
{
	if (store_begin(post->records, err) != 0)
		return -1;
	if (mail_outcome(post->records, mail->id, answer->outcome, sv_from(answer->said),
			 clock_now(post->centre->clock), err) == 0 &&
	    store_commit(post->records, err) == 0)
		return 0;
	store_rollback(post->records);
	return -1;
}

static enum step send_next(struct post *post, struct err *err)
{
	const struct instant now = clock_now(post->centre->clock);
	struct answer answer = { .outcome = MAIL_LOST };
	struct mail mail;
	int r;

	arena_clear(post->arena);
	r = mail_next(post->records, now, post->arena, &mail, err);
	if (r != 1 || !take_link(post))
		return r < 0 ? STEP_FAILED : STEP_IDLE;
	/* A statement alone is a transaction: it is written before the mail leaves. */
	if (mail_hand(post->records, mail.id, err) != 0) {
		give_link_back(post, false);
		return STEP_FAILED;
	}
	r = hand_over(post, &mail, &answer, err);
	give_link_back(post, r != 0);
	if (r != 0 && stopping(post))
		return STEP_IDLE; /* it will be sent after the next start */
	if (r != 0) {
		/* It may be this mail that ended the process: it must not hold up the others. */
		memcpy(answer.said, "the post process ended", sizeof "the post process ended");
		log_error(post->centre->log, LOG_ERROR, "handing a mail over", err);
	}
	if (write_outcome(post, &mail, &answer, err) != 0)
		return STEP_FAILED;
	tell(post, &mail, &answer);
	return answer.general ? STEP_AWAY : STEP_NEXT;
}

static enum step keep_all(struct post *post, struct err *err)
{
	struct mail mail;
	int r;

	arena_clear(post->arena);
	r = mail_next(post->records, clock_now(post->centre->clock), post->arena, &mail, err);
	if (r != 1)
		return r < 0 ? STEP_FAILED : STEP_IDLE;
	if (store_begin(post->records, err) != 0)
		return STEP_FAILED;
	if (mail_keep(post->records, err) != 0 || store_commit(post->records, err) != 0) {
		store_rollback(post->records);
		return STEP_FAILED;
	}
	return STEP_IDLE;
}

/* ---- the thread ---- */

/* Sleeps until the time is over or somebody wants something; false: it is time to end. */
static bool wait_for(struct post *post, unsigned seconds)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&post->lock);
	while (!post->stopping && !post->wanted &&
	       pthread_cond_timedwait(&post->changed, &post->lock, &until) != ETIMEDOUT)
		;
	post->wanted = false;
	go_on = !post->stopping;
	pthread_mutex_unlock(&post->lock);
	return go_on;
}

static enum step send_all(struct post *post, struct err *err)
{
	enum step step;

	do
		step = send_next(post, err);
	while (step == STEP_NEXT && !stopping(post));
	return step;
}

static void *drain(void *context)
{
	struct post *post = context;
	unsigned pause = POST_STEP_SECONDS;

	pthread_setname_np(pthread_self(), "post");
	while (wait_for(post, pause)) {
		struct err err = ERR_INIT;
		const enum step step = post->has_server ? send_all(post, &err)
							: keep_all(post, &err);

		pause = step == STEP_AWAY ? POST_PAUSE_SECONDS : POST_STEP_SECONDS;
		if (step == STEP_FAILED)
			log_error(post->centre->log, LOG_ERROR, "mails wait", &err);
	}
	return NULL;
}

struct post *post_new(struct centre *centre, bool has_server, struct err *err)
{
	struct post *post;
	struct store *records = store_open(centre->records_url, err);
	pthread_condattr_t attributes;

	if (records == NULL)
		return NULL;
	post = mem_zalloc(sizeof *post);
	post->centre = centre;
	post->records = records;
	post->arena = arena_new(ARENA_MAX);
	post->has_server = has_server;
	post->link = post->next_link = post->channel.fd = -1;
	pthread_mutex_init(&post->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&post->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&post->thread, NULL, drain, post) != 0)
		abort(); /* out of memory */
	return post;
}

void post_free(struct post *post)
{
	if (post == NULL)
		return;
	pthread_mutex_lock(&post->lock);
	post->stopping = true;
	if (post->in_use)
		shutdown(post->link, SHUT_RDWR);
	pthread_cond_signal(&post->changed);
	pthread_mutex_unlock(&post->lock);
	pthread_join(post->thread, NULL);
	replace_link(post, -1);
	if (post->next_link >= 0)
		close(post->next_link);
	store_close(post->records);
	arena_free(post->arena);
	pthread_cond_destroy(&post->changed);
	pthread_mutex_destroy(&post->lock);
	free(post);
}

void post_wake(struct post *post)
{
	if (post == NULL)
		return;
	pthread_mutex_lock(&post->lock);
	post->wanted = true;
	pthread_cond_signal(&post->changed);
	pthread_mutex_unlock(&post->lock);
}

bool post_has_server(const struct post *post)
{
	return post != NULL && post->has_server;
}
