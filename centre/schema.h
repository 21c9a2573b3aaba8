/*
 * schema.h - tables of the centre: operators, programmes, companies, people,
 * sessions, tokens, devices, audit trail. docs/api.md draws them.
 */
#ifndef CENTRE_SCHEMA_H
#define CENTRE_SCHEMA_H

#include <stddef.h>

#include "store/store.h"

extern const struct store_migration centre_migrations[];
extern const size_t centre_migration_count;

#endif
