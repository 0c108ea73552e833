// DeployKit
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// Appends `count` single entries to the store in `schema` by the store's own statements, in the
// same two pipelines an append, and writes the seconds that each took into `seconds`.
//
// Nothing is hashed: the bytes have the sizes of real ones and mean nothing. Returns 0, or -1 after
// printing what the server said.
int dk_append(const char *connection, const char *schema, int count, double *seconds);

// Seconds of a clock that only goes forward.
double dk_clock(void);
