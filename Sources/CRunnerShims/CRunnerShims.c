// DeployKit
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CRunnerShims.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { first_descriptor = 10 };

// Moves a descriptor out of the range that a child uses; a negative one passes through as -errno.
static int high(int fd) {
    if (fd < 0) return -errno;
    if (fd >= first_descriptor) return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, first_descriptor);
    int code = errno;
    close(fd);
    return moved < 0 ? -code : moved;
}

void dk_keep_memory(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

int dk_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    int first = high(ends[0]);
    int second = high(ends[1]);
    if (first < 0 || second < 0) {
        if (first >= 0) close(first);
        if (second >= 0) close(second);
        return first < 0 ? -first : -second;
    }
    *read_end = first;
    *write_end = second;
    return 0;
}

int dk_open_null(void) { return high(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

int dk_memory_file(const void *bytes, size_t count) {
    int fd = high(memfd_create("deploykit", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (fd < 0) return fd;
    const char *next = bytes;
    while (count > 0) {
        ssize_t written = write(fd, next, count);
        if (written < 0) {
            if (errno == EINTR) continue;
            int code = errno;
            close(fd);
            return -code;
        }
        next += written;
        count -= (size_t)written;
    }
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (lseek(fd, 0, SEEK_SET) != 0 || fcntl(fd, F_ADD_SEALS, seals) != 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int dk_event(void) { return high(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int dk_open(const char *path, int flags, unsigned mode) {
    return high(open(path, flags | O_CLOEXEC, (mode_t)mode));
}

int dk_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return errno;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) < 0 ? errno : 0;
}

int dk_lock(int fd) {
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

int dk_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
             const char *directory, int input, int output, int error, int extra) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0) return code;
    code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        posix_spawnattr_destroy(&attributes);
        return code;
    }
    // Threads of the Swift runtime block many signals, and a child inherits the mask: without an
    // empty one it would be deaf to SIGTERM. A host that ignores SIGPIPE would pass that on too.
    sigset_t empty, defaults;
    sigemptyset(&empty);
    sigemptyset(&defaults);
    int reset[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
                   SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ};
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++) sigaddset(&defaults, reset[i]);
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if ((code = posix_spawnattr_setflags(&attributes, flags)) == 0 &&
        (code = posix_spawnattr_setpgroup(&attributes, 0)) == 0 &&
        (code = posix_spawnattr_setsigmask(&attributes, &empty)) == 0 &&
        (code = posix_spawnattr_setsigdefault(&attributes, &defaults)) == 0 &&
        (code = posix_spawn_file_actions_adddup2(&actions, input, 0)) == 0 &&
        (code = posix_spawn_file_actions_adddup2(&actions, output, 1)) == 0 &&
        (code = posix_spawn_file_actions_adddup2(&actions, error, 2)) == 0 &&
        (extra < 0 || (code = posix_spawn_file_actions_adddup2(&actions, extra, 3)) == 0) &&
        (code = posix_spawn_file_actions_addclosefrom_np(&actions, extra < 0 ? 3 : 4)) == 0 &&
        (code = posix_spawn_file_actions_addchdir_np(&actions, directory)) == 0) {
        code = posix_spawn(pid, path, &actions, &attributes, argv, envp);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

int dk_pidfd_open(pid_t pid) { return high((int)syscall(SYS_pidfd_open, pid, 0)); }

int dk_pidfd_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, (void *)0, 0) != 0 ? errno : 0;
}

int dk_peek_exit(pid_t pid, int *is_signal, int *value) {
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        if (errno != EINTR) return -errno;
    }
    if (info.si_pid == 0) return 0;
    *is_signal = info.si_code != CLD_EXITED;
    *value = info.si_status;
    return 1;
}

int dk_reap(pid_t pid) {
    while (waitpid(pid, (int *)0, 0) < 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

const char *dk_version(void) {
#ifdef DEPLOYKIT_VERSION
    return DEPLOYKIT_VERSION;
#else
    return NULL;
#endif
}
