// DeployKit
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>

// What some work cost: wall time, and processor time of all threads in user and system mode.
struct dk_cost {
    double wall;
    double cpu;
    long peak_rss_in_kib;
    int status;
};

// The wall and processor clocks of this process now.
struct dk_cost dk_now(void);

// Writes the rows of the store `from` into a new database `to` by the store's statements, one
// transaction a batch, and measures the batches that start at `position` or later.
//
// `settings` receives the connection's pragmas as text. Returns 0, or an SQLite result code.
int dk_replay(const char *from, const char *to, int64_t position, struct dk_cost *cost,
              char *settings, int capacity);

// Writes header, salt and body of every entry of `from` into the file `to`, in order.
int dk_dump(const char *from, const char *to, int64_t *bytes);

// Runs a program without arguments so many times, one after the other, with two pipes, a process
// group and a reset signal mask as the runner does, and reads each pipe to its end.
int dk_spawn_loop(const char *path, int count, struct dk_cost *cost);

// Runs a program with its standard output discarded and measures it alone; its peak memory only
// where `watches_memory` is not 0, by looking every millisecond, which blurs the wall time.
int dk_run(char *const arguments[], int watches_memory, struct dk_cost *cost);
