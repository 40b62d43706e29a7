/*
 * A disk that fails on demand, and a witness: loaded into the daemon with LD_PRELOAD, it stands between
 * the program and libc's calls for files below one directory.
 *
 *   FAULTY_DISK_ROOT      the directory; everything else is left alone
 *   FAULTY_DISK_RULES     a file, read again at each call, a rule per line: <call> <way> <number>
 *   FAULTY_DISK_EVENTS    a file that gets a line per call; without it nothing is noted
 *
 * Calls: write, sync, sync-directory, rename, unlink, mkdir, read-open (to read), open (to write or to
 * make), resize. Ways, with their number:
 *
 *   fail ERRNO     the call fails and does nothing
 *   tear ERRNO     half of the first write is written, every later one fails
 *   short 0        half of what is to be written is written each time, as write(2) may
 *   slow MICROS    the call takes so much longer
 *   skip 0         syncs do nothing and succeed, which is quick
 *
 * Events, in the order in which they happened: what is done to a file is noted once it is done, what is
 * sent to a socket before it is sent.
 *
 *   write <file> <bytes in hex>
 *   sync <file>
 *   sync-directory <directory>
 *   rename <new name>
 *   send <bytes in hex>
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name, result, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

enum way { SOUND, FAIL, TEAR, SHORT, SLOW, SKIP };

struct rule {
    enum way way;
    long number;
};

static int torn;

/* --- Whether a call concerns us ----------------------------------------------------------------- */

static int is_below_root(const char *path) {
    const char *root = getenv("FAULTY_DISK_ROOT");
    size_t length = root ? strlen(root) : 0;
    return length && strncmp(path, root, length) == 0 && (path[length] == '/' || !path[length]);
}

/* The path of an open file, if it is below the directory. */
static const char *file_of(int fd, char *path) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return is_below_root(path) ? path : NULL;
}

static int has_type(int fd, mode_t type) {
    struct stat status;
    return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

/* --- The rules ---------------------------------------------------------------------------------- */

static enum way way_named(const char *name) {
    const char *names[] = {"sound", "fail", "tear", "short", "slow", "skip"};
    for (int way = FAIL; way <= SKIP; way++)
        if (strcmp(name, names[way]) == 0) return way;
    return SOUND;
}

/* Raw calls: ours would come back here. */
static void read_rules(char *text, size_t size) {
    const char *path = getenv("FAULTY_DISK_RULES");
    long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    long length = fd < 0 ? 0 : syscall(SYS_read, (int)fd, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
    if (fd >= 0) syscall(SYS_close, (int)fd);
}

static struct rule rule_for(const char *call) {
    char text[1024], *rest = NULL;
    read_rules(text, sizeof text);
    if (!text[0]) torn = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char name[32], way[16];
        long number;
        if (sscanf(line, "%31s %15s %ld", name, way, &number) == 3 && strcmp(name, call) == 0)
            return (struct rule){way_named(way), number};
    }
    return (struct rule){SOUND, 0};
}

/* Whether the call fails; it has taken its time. */
static int fails(struct rule rule) {
    if (rule.way == SLOW) usleep((useconds_t)rule.number);
    if (rule.way != FAIL) return 0;
    errno = (int)rule.number;
    return 1;
}

static int path_fails(const char *call, const char *path) {
    return is_below_root(path) && fails(rule_for(call));
}

/* --- The events --------------------------------------------------------------------------------- */

static size_t put_hex(char *out, size_t room, const unsigned char *bytes, size_t length) {
    size_t at = 0;
    for (size_t i = 0; i < length && at + 3 < room; i++, at += 2) sprintf(out + at, "%02x", bytes[i]);
    return at;
}

static void note(const char *call, const char *file, const void *bytes, size_t length) {
    const char *path = getenv("FAULTY_DISK_EVENTS");
    int before = errno;
    if (!path) return;
    char line[1 << 14];
    const char *name = file ? strrchr(file, '/') + 1 : "";
    size_t at = (size_t)snprintf(line, 512, "%s%s%s%s", call, *name ? " " : "", name, length ? " " : "");
    at += put_hex(line + at, sizeof line - at - 1, bytes, length);
    line[at++] = '\n';
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
        syscall(SYS_write, (int)fd, line, at);
        syscall(SYS_close, (int)fd);
    }
    errno = before;
}

static void note_sent(int fd, const void *bytes, size_t length) {
    if (getenv("FAULTY_DISK_EVENTS") && has_type(fd, S_IFSOCK)) note("send", NULL, bytes, length);
}

/* --- Writing ------------------------------------------------------------------------------------ */

/* How much of `length` is to be written; -1 if the write fails. */
static ssize_t allowed(size_t length) {
    struct rule rule = rule_for("write");
    size_t half = length > 1 ? length / 2 : length;
    if (fails(rule)) return -1;
    if (rule.way == SHORT) return (ssize_t)half;
    if (rule.way != TEAR) return (ssize_t)length;
    errno = (int)rule.number;
    return torn++ ? -1 : (ssize_t)half;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL("write", ssize_t, int, const void *, size_t);
    char path[PATH_MAX];
    const char *file = file_of(fd, path);
    if (!file) {
        note_sent(fd, bytes, length);
        return real(fd, bytes, length);
    }
    ssize_t size = allowed(length);
    ssize_t written = size < 0 ? -1 : real(fd, bytes, (size_t)size);
    if (written > 0) note("write", file, bytes, (size_t)written);
    return written;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    char path[PATH_MAX];
    const char *file = file_of(fd, path);
    ssize_t size = file ? allowed(length) : (ssize_t)length;
    ssize_t written = size < 0 ? -1 : real(fd, bytes, (size_t)size, offset);
    if (file && written > 0) note("write", file, bytes, (size_t)written);
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return write_at(fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return write_at(fd, bytes, length, offset);
}

/* To a file the parts are written one by one. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL("writev", ssize_t, int, const struct iovec *, int);
    char path[PATH_MAX];
    if (!file_of(fd, path)) {
        for (int i = 0; i < count; i++) note_sent(fd, parts[i].iov_base, parts[i].iov_len);
        return real(fd, parts, count);
    }
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t written = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (written < 0) return total ? total : -1;
        total += written;
        if ((size_t)written < parts[i].iov_len) break;
    }
    return total;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    REAL("send", ssize_t, int, const void *, size_t, int);
    note_sent(fd, bytes, length);
    return real(fd, bytes, length, flags);
}

/* --- Syncing and resizing ----------------------------------------------------------------------- */

static int sync_with(int (*real)(int), int fd) {
    char path[PATH_MAX];
    const char *file = file_of(fd, path);
    if (!file) return real(fd);
    const char *call = has_type(fd, S_IFDIR) ? "sync-directory" : "sync";
    struct rule rule = rule_for(call);
    if (fails(rule)) return -1;
    int result = rule.way == SKIP ? 0 : real(fd);
    if (result == 0) note(call, file, "", 0);
    return result;
}

int fsync(int fd) {
    REAL("fsync", int, int);
    return sync_with(real, fd);
}

int fdatasync(int fd) {
    REAL("fdatasync", int, int);
    return sync_with(real, fd);
}

static int resize_fails(int fd) {
    char path[PATH_MAX];
    return file_of(fd, path) && fails(rule_for("resize"));
}

int ftruncate64(int fd, off64_t length) {
    REAL("ftruncate64", int, int, off64_t);
    return resize_fails(fd) ? -1 : real(fd, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    REAL("fallocate64", int, int, int, off64_t, off64_t);
    return resize_fails(fd) ? -1 : real(fd, mode, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    REAL("posix_fallocate64", int, int, off64_t, off64_t);
    return resize_fails(fd) ? errno : real(fd, offset, length);
}

/* --- Names -------------------------------------------------------------------------------------- */

static int open_fails(const char *path, int flags) {
    int writes = flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
    return path_fails(writes ? "open" : "read-open", path);
}

static int open_with(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    return open_fails(path, flags) ? -1 : real(path, flags, mode);
}

#define MODE(last) \
    va_list more; \
    va_start(more, last); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more)

int open(const char *path, int flags, ...) {
    REAL("open", int, const char *, int, ...);
    MODE(flags);
    return open_with(real, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    REAL("open64", int, const char *, int, ...);
    MODE(flags);
    return open_with(real, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    REAL("openat64", int, int, const char *, int, ...);
    MODE(flags);
    return open_fails(path, flags) ? -1 : real(folder, path, flags, mode);
}

int rename(const char *from, const char *to) {
    REAL("rename", int, const char *, const char *);
    if (path_fails("rename", to)) return -1;
    int result = real(from, to);
    if (result == 0 && is_below_root(to)) note("rename", to, "", 0);
    return result;
}

int unlink(const char *path) {
    REAL("unlink", int, const char *);
    return path_fails("unlink", path) ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL("mkdir", int, const char *, mode_t);
    return path_fails("mkdir", path) ? -1 : real(path, mode);
}
