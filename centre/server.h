/*
 * server.h - the server's process: stores, HTTP behind nginx, ingest,
 * detection. Started by the parent with two listening unix sockets.
 */
#ifndef CENTRE_SERVER_H
#define CENTRE_SERVER_H

#include "base/err.h"
#include "centre/layout.h"
#include "store/store.h"

#define SERVER_WORKERS 8
#define SERVER_RULES_MAX 16 /* files and folders of rules */

#define SERVER_MAILS_POST "post" /* the parent starts the post process (mail/post.h) */
#define SERVER_MAILS_KEEP "keep" /* no SMTP server is configured */

/* The role. Arguments: data directory, people's URL, devices' URL, mails, placeholders, clamd, rules…. */
int server_run(int argc, char **argv);

/* The records with every table that the centre needs. */
struct store *server_open_records(const char *url, struct err *err);

#endif
