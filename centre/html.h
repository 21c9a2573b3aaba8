/* html.h - moved to base/, where season/ writes pages with it too. */
#ifndef CENTRE_HTML_H
#define CENTRE_HTML_H

#include "base/html.h"

#endif
