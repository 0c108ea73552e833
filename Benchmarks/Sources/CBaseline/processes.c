// DeployKit
// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <CBaseline.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double wall(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu(const struct rusage *usage) {
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

struct dk_cost dk_now(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct dk_cost){wall(), cpu(&usage), usage.ru_maxrss, 0};
}

// The largest resident set of a process so far. Of the two figures the kernel keeps, the one that
// wait4 gives begins with the size of the parent; this one begins with the program.
static long peak(pid_t process) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", process);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    long found = 0;
    while (fgets(line, sizeof line, file) && sscanf(line, "VmHWM: %ld", &found) != 1) {}
    fclose(file);
    return found;
}

int dk_run(char *const arguments[], int watches_memory, struct dk_cost *cost) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    double start = wall();
    pid_t child;
    int result = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (result != 0) return result;
    int status = 0;
    struct rusage usage;
    long largest = 0;
    while (wait4(child, &status, watches_memory ? WNOHANG : 0, &usage) == 0) {
        long now = peak(child);
        if (now > largest) largest = now;
        usleep(1000);
    }
    *cost = (struct dk_cost){wall() - start, cpu(&usage), largest,
                             WIFEXITED(status) ? WEXITSTATUS(status) : -1};
    return 0;
}

static int spawn_once(const char *path) {
    int output[2], error[2];
    if (pipe2(output, O_CLOEXEC) != 0) return -1;
    if (pipe2(error, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, error[1], STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *const arguments[] = {(char *)path, NULL};
    pid_t child;
    int result = posix_spawn(&child, path, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    close(error[1]);
    char buffer[4096];
    while (result == 0 && read(output[0], buffer, sizeof buffer) > 0) {}
    while (result == 0 && read(error[0], buffer, sizeof buffer) > 0) {}
    close(output[0]);
    close(error[0]);
    int status = 0;
    if (result == 0 && waitpid(child, &status, 0) != child) result = -1;
    return result != 0 ? result : status;
}

int dk_spawn_loop(const char *path, int count, struct dk_cost *cost) {
    struct dk_cost start = dk_now();
    for (int i = 0; i < count; i++) {
        int result = spawn_once(path);
        if (result != 0) return result;
    }
    struct dk_cost end = dk_now();
    *cost = (struct dk_cost){end.wall - start.wall, end.cpu - start.cpu, end.peak_rss_in_kib, 0};
    return 0;
}
