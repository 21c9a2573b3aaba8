#include <string.h>

#include "base/mem.h"
#include "store/events.h"
#include "store/unit.h"
