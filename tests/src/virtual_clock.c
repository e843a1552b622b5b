/*
 * A clock that stands still until a test sets it. All functions of the C library by which Rust programs ask for the
 * time or wait for some of it take it from a page that the test shares with the program: see virtual_clock.rs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const int64_t SECOND = 1000000000;
/* How often a waiting thread looks at the clock. */
static const struct timespec GLANCE = {0, 4000000};

/* What the test writes: the time since boot, twice, since it may be read while it is written; and when the boot was. */
struct page {
    _Atomic int64_t now, again, boot;
    /* What the program writes: until when it waits, how often it began to wait, and bytes of standard output. */
    _Atomic int64_t until, waits, written;
};

static struct page *page;
static long (*real_syscall)(long, ...);
static ssize_t (*real_write)(int, const void *, size_t);

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("MMSTATS_TEST_VIRTUAL_CLOCK");
    real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped = file < 0 ? MAP_FAILED : mmap(0, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED || !real_syscall || !real_write) abort();
    close(file);
    page = mapped;
}

static int64_t now(void) {
    for (;;) {
        int64_t time = page->now;
        if (time == page->again) return time;
    }
}

/* What to add to the time since boot to get that of this clock; -1 if it is no clock of the test. */
static int64_t start_of(clockid_t clock) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        return page->boot;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        return 0;
    default:
        return -1;
    }
}

static int64_t ns(const struct timespec *time) { return time->tv_sec * SECOND + time->tv_nsec; }

int clock_gettime(clockid_t clock, struct timespec *time) {
    int64_t start = page ? start_of(clock) : -1;
    if (start < 0) return syscall(SYS_clock_gettime, clock, time);
    int64_t ns = now() + start;
    *time = (struct timespec){ns / SECOND, ns % SECOND};
    return 0;
}

static void begin_to_wait(int64_t until) {
    page->until = until;
    page->waits++;
}

static int sleep_until(int64_t until) {
    begin_to_wait(until);
    while (now() < until) real_syscall(SYS_nanosleep, &GLANCE, 0);
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *rest) {
    (void)rest;
    return sleep_until(now() + ns(time));
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest) {
    (void)rest;
    return sleep_until(flags & TIMER_ABSTIME ? ns(time) - start_of(clock) : now() + ns(time));
}

/* Waits for a futex until a moment of the clock, as Rust's locks and channels do. */
static long futex(long *arguments) {
    int operation = arguments[1] & FUTEX_CMD_MASK;
    const struct timespec *time = (const struct timespec *)arguments[3];
    int64_t until = operation == FUTEX_WAIT ? now() + ns(time)
        : arguments[1] & FUTEX_CLOCK_REALTIME ? ns(time) - page->boot
                                              : ns(time);
    /* Of others than the first thread nobody knows whether it is what the program waits for. */
    if (getpid() == gettid()) begin_to_wait(until);
    while (now() < until) {
        long result = real_syscall(SYS_futex, arguments[0], FUTEX_WAIT | (arguments[1] & FUTEX_PRIVATE_FLAG),
                                   arguments[2], &GLANCE, 0, 0);
        if (result == 0 || errno != ETIMEDOUT) return result;
    }
    errno = ETIMEDOUT;
    return -1;
}

long syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) arguments[i] = va_arg(list, long);
    va_end(list);
    int operation = arguments[1] & FUTEX_CMD_MASK;
    if (page && number == SYS_futex && (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) && arguments[3])
        return futex(arguments);
    if (!real_syscall) real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

ssize_t write(int file, const void *bytes, size_t len) {
    if (!real_write) real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    ssize_t result = real_write(file, bytes, len);
    if (page && file == STDOUT_FILENO && result > 0) page->written += result;
    return result;
}
