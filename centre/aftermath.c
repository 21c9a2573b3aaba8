#include "centre/aftermath.h"

#include <stdio.h>

#include "centre/access.h"
#include "centre/audit.h"

void aftermath_clear(struct aftermath *aftermath)
{
	aftermath->changes = aftermath->refusals = 0;
	aftermath->untold = 0;
}

static void keep(char copy[static UUID_TEXT_MAX], struct sv text)
{
	snprintf(copy, UUID_TEXT_MAX, "%.*s", SV_ARG(text));
}

void aftermath_changed(struct aftermath *aftermath, enum live_kind kind, struct sv company,
		       struct sv id, bool created)
{
	struct aftermath_change *change;

	for (size_t i = aftermath->changes; i-- > 0;) {
		change = &aftermath->change[i];
		if (change->kind == kind && sv_eq(sv_from(change->id), id))
			return;
	}
	if (aftermath->changes == AFTERMATH_CHANGES_MAX) {
		aftermath->untold++;
		return;
	}
	change = &aftermath->change[aftermath->changes++];
	change->kind = kind;
	change->created = created;
	keep(change->company, company);
	keep(change->id, id);
}

void aftermath_refused(struct aftermath *aftermath, struct sv company, struct sv device,
		       const char *action, struct sv reason, uint32_t repeated)
{
	struct aftermath_refusal *refusal;

	if (aftermath->refusals == AFTERMATH_REFUSALS_MAX) {
		aftermath->refusal[AFTERMATH_REFUSALS_MAX - 1].repeated += 1 + repeated;
		return;
	}
	refusal = &aftermath->refusal[aftermath->refusals++];
	keep(refusal->company, company);
	keep(refusal->device, device);
	refusal->action = action;
	refusal->repeated = repeated;
	snprintf(refusal->reason, sizeof refusal->reason, "%.*s", SV_ARG(reason));
}

static void tell_refusal(const struct aftermath_refusal *refusal, struct centre *centre,
			 struct store *records, struct instant now)
{
	const struct sv device = sv_from(refusal->device), company = sv_from(refusal->company);
	const struct actor actor = { .kind = ACTOR_DEVICE, .id = device, .only_company = company };
	const struct audit_entry entry = {
		.actor = &actor, .action = refusal->action, .object_kind = "device",
		.object = device, .company = company, .refused = true,
		.reason = sv_from(refusal->reason), .repeated = refusal->repeated,
	};
	struct err err = ERR_INIT;

	if (audit_refuse(centre->refusals, records, &entry, now, &err) != 0)
		log_error(centre->log, LOG_ERROR, "a refusal is not on the audit trail", &err);
}

void aftermath_tell(const struct aftermath *aftermath, struct centre *centre,
		    struct store *records, struct instant now)
{
	for (size_t i = 0; i < aftermath->changes; i++) {
		const struct aftermath_change *change = &aftermath->change[i];

		live_publish(centre->live, change->kind, sv_from(change->company),
			     sv_from(change->id), change->created);
	}
	for (size_t i = 0; i < aftermath->refusals; i++)
		tell_refusal(&aftermath->refusal[i], centre, records, now);
}
