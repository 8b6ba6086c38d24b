/* Preloaded into a server or an application: its wall clock is ahead of the true one by what a file says.
 *
 * READINESS_CLOCK names the file, READINESS_CLOCK_SLOT which of its 64-bit numbers to read, in
 * nanoseconds. Monotonic clocks stay true, since event loops wait by them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static volatile int64_t *slot;

__attribute__((constructor)) static void map_clock(void) {
    const char *path = getenv("READINESS_CLOCK"), *number = getenv("READINESS_CLOCK_SLOT");
    if (!path || !number) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) slot = (volatile int64_t *)page + atoi(number);
}

static int moved(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result || !slot || !moved(clock)) return result;
    int64_t at = now->tv_sec * SECOND + now->tv_nsec + *slot;
    now->tv_sec = (time_t)(at / SECOND);
    now->tv_nsec = (long)(at % SECOND);
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (result) *result = exact.tv_sec;
    return exact.tv_sec;
}
