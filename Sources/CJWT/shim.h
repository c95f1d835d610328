#ifndef CJWT_SHIM_H
#define CJWT_SHIM_H

// libjwt has no variadic or macro that Swift would need: its functions are imported as they are.
#include <jwt.h>

#endif
