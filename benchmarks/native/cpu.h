// CPU time of processes and of the machine, in steps of 10 ms; memory of processes.
#ifndef FAIRLEAD_CPU_H
#define FAIRLEAD_CPU_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

// CPU seconds, user and system, that a process has used; 0 once it has gone.
static inline double cpu_seconds(int pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = 0;
    unsigned long user = 0, system = 0;
    const char *after_name = strrchr(line, ')');
    if (after_name) sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double) (user + system) / (double) sysconf(_SC_CLK_TCK);
}

// Resident memory of a process in KiB; 0 once it has gone.
static inline long rss_kib(int pid) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

// CPU seconds that all processes of the machine have used, time stolen by its host included.
static inline double machine_seconds(void) {
    FILE *file = fopen("/proc/stat", "r");
    unsigned long long user = 0, nice = 0, system = 0, idle, io, irq = 0, soft = 0, stolen = 0;
    int n = file ? fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &io, &irq, &soft,
                       &stolen) : 0;
    if (file) fclose(file);
    return n == 8 ? (double) (user + nice + system + irq + soft + stolen) / (double) sysconf(_SC_CLK_TCK) : 0;
}

#endif
