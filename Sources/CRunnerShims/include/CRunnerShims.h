// DeployKit
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

// The calls that Swift cannot see: GNU-only, variadic, or macros. Every descriptor made here is
// closed on exec and numbered 10 or more, so that it never collides with the ones a child gets.

/// Keeps the memory that is freed, and asks for more in pieces of a mebibyte, out of one arena.
void dk_keep_memory(void);

/// Makes a pipe. Returns 0 or an errno.
int dk_pipe(int *read_end, int *write_end);

/// Opens the null device for reading. Returns the descriptor or -errno.
int dk_open_null(void);

/// Opens a sealed, anonymous file of these bytes for reading. Returns the descriptor or -errno.
int dk_memory_file(const void *bytes, size_t count);

/// Makes an eventfd. Returns the descriptor or -errno.
int dk_event(void);

/// Opens a path with the flags and mode of open(2), closed
/// on exec. Returns the descriptor or -errno.
int dk_open(const char *path, int flags, unsigned mode);

/// Sets or clears O_NONBLOCK. Returns 0 or an errno.
int dk_set_nonblocking(int fd, int on);

/// Takes an exclusive flock(2) without waiting. Returns 0 or an errno.
int dk_lock(int fd);

/// Starts `path` as the leader of a new process group with an empty signal mask and default signal
/// dispositions; standard input, output and error are the given descriptors, descriptor 3 is
/// `extra` unless it is negative, all others are closed. Returns 0 or an errno.
int dk_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
             const char *directory, int input, int output, int error, int extra);

/// pidfd_open(2). Returns the descriptor or -errno.
int dk_pidfd_open(pid_t pid);

/// pidfd_send_signal(2). Returns 0 or an errno.
int dk_pidfd_signal(int pidfd, int signal);

/// The version that the build was told of as DEPLOYKIT_VERSION, or NULL. Swift has no way to be
/// told one.
const char *dk_version(void);

/// How a child ended, without reaping it. Returns 1 when it has ended, 0 when it runs, -errno.
int dk_peek_exit(pid_t pid, int *is_signal, int *value);

/// Waits for a child to end and reaps it. Returns 0 or an errno.
int dk_reap(pid_t pid);
