/*
 * tour_cast.h - who plays in the tour: companies that do not exist, and the way
 * that each goes as far as its row says. Only data.
 */
#ifndef CENTRE_TOUR_CAST_H
#define CENTRE_TOUR_CAST_H

#include <stddef.h>

#include "programme/programme.h"

#define TOUR_DAY "DAY"
#define TOUR_DAY_AFTER 5

/* One event of the steps, some days after the receipt. */
struct tour_scene {
	const char *event;
	enum programme_actor by;
	int days, hour;
	const char *fields; /* "name=value" lines; DAY is a day soon after */
};
struct tour_device {
	const char *hostname, *user;
	int silent_days;
};
enum tour_role { TOUR_OTHER, TOUR_HOST, TOUR_SHOWN };
struct tour_cast {
	enum tour_role role;
	const char *name;
	const char *answers;   /* beside tour_answers */
	int received_days_ago;
	size_t scenes;	       /* of tour_way */
	struct tour_scene ending; /* then; event NULL: nothing */
	const struct tour_device *device;
	unsigned devices;      /* 0: nothing is installed */
};

extern const char tour_answers[]; /* the same for all companies */
extern const struct tour_scene tour_way[];
extern const struct tour_scene tour_installed;
extern const struct tour_cast tour_cast[];
extern const size_t tour_cast_count;

#define TOUR_BEFORE_MAX 3

/* An attack on a device of the shown company. */
struct tour_attack {
	const char *hostname;
	int days_ago, hour;
	const char *category;
	const char *event; /* its fields as members of a JSON object, without the envelope */
	const char *before[TOUR_BEFORE_MAX]; /* processes that led to it, a minute between them */
	/* what the desk did; story NULL: nobody has looked yet */
	const char *real, *contact, *story; /* real NULL: judged to be none */
};
extern const struct tour_attack tour_attacks[];
extern const size_t tour_attack_count;

#endif
