/* Frames of a lottery, marks for staff, and what figures count. */
#include "programme/internal.h"

static struct view view_of(const struct application_state *application)
{
	return (struct view){ &application->answers, &application->records, application->mark };
}

size_t selection_frame(const struct programme *programme,
		       const struct application_state *application)
{
	const struct programme_selection *selection = &programme->facts.selection;
	const struct view view = view_of(application);

	for (size_t i = 0; i < selection->frame_count; i++) {
		if (condition_holds(selection->frame[i].of, &view))
			return i;
	}
	return SIZE_MAX;
}

bool flag_holds(const struct programme_flag *flag, const struct application_state *application)
{
	const struct view view = view_of(application);

	return condition_holds(flag->when, &view);
}

bool figure_counts(const struct programme_figure *figure,
		   const struct application_state *application)
{
	const struct view view = view_of(application);

	return application->mark[MARK_RECEIVED].us != 0 && condition_holds(figure->count, &view);
}
