/*
 * enrol.h - a device's entry: a one-time token and a certificate request
 * become a device of the token's company and a certificate.
 */
#ifndef CENTRE_ENROL_H
#define CENTRE_ENROL_H

#include <stddef.h>

#include "store/store.h"

/* The same token with the same request gets the same answer again: ours may have got lost. */
#define ENROL_AGAIN_SECONDS 600

extern const struct store_migration enrol_migrations[];
extern const size_t enrol_migration_count;

#endif
