// Preloaded into a process: notes in one order whatever it asks of the files below one folder, with
// the bytes. What is asked is done; nothing is lost here. A record in the machine's byte order:
// kind u8, flags u8, lengths of two paths u16 u16, inode u64, offset or size u64, data length u32.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FILES 4096
#define IS_SYNCED 1
#define IS_FOLDER 2

struct file {
  char *path;
  dev_t device;
  ino_t inode;
  int isSynced;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct file files[MAX_FILES];
static const char *root;
static int out = -1;

__attribute__((constructor)) static void begin(void) {
  root = getenv("POWER_CUT_ROOT");
  const char *log = getenv("POWER_CUT_LOG");
  if (root != NULL && log != NULL)
    out = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int isOurs(const char *path) {
  return out >= 0 && path != NULL && strncmp(path, root, strlen(root)) == 0;
}

static struct file *fileOf(int fd) {
  struct stat now;
  if (out < 0 || fd < 0 || fd >= MAX_FILES || files[fd].path == NULL) return NULL;
  // A closed number may have become somebody else's.
  if (syscall(SYS_fstat, fd, &now) != 0) return NULL;
  return now.st_dev == files[fd].device && now.st_ino == files[fd].inode ? &files[fd] : NULL;
}

static void note(char kind, int flags, const char *a, const char *b, uint64_t inode, uint64_t at,
                 const struct iovec *data, int parts, uint32_t length) {
  unsigned char head[26];
  uint16_t lengths[2] = {a ? strlen(a) : 0, b ? strlen(b) : 0};
  head[0] = kind;
  head[1] = flags;
  memcpy(head + 2, lengths, 4);
  memcpy(head + 6, &inode, 8);
  memcpy(head + 14, &at, 8);
  memcpy(head + 22, &length, 4);
  struct iovec all[3 + IOV_MAX];
  int count = 0;
  all[count++] = (struct iovec){head, sizeof head};
  all[count++] = (struct iovec){(void *)a, lengths[0]};
  all[count++] = (struct iovec){(void *)b, lengths[1]};
  for (int i = 0; i < parts && length > 0; i++) {
    uint32_t part = data[i].iov_len < length ? data[i].iov_len : length;
    all[count++] = (struct iovec){data[i].iov_base, part};
    length -= part;
  }
  if (syscall(SYS_writev, out, all, count) < 0) abort();
}

static int openAt(int folder, const char *path, int flags, mode_t mode) {
  if (!isOurs(path)) return syscall(SYS_openat, folder, path, flags, mode);
  struct stat state;
  pthread_mutex_lock(&turn);
  int isNew = syscall(SYS_newfstatat, folder, path, &state, 0) != 0;
  int fd = syscall(SYS_openat, folder, path, flags, mode);
  int error = errno;
  if (fd >= 0 && fd < MAX_FILES && syscall(SYS_fstat, fd, &state) == 0) {
    free(files[fd].path);
    int isSynced = (flags & O_DSYNC) != 0;
    files[fd] = (struct file){strdup(path), state.st_dev, state.st_ino, isSynced};
    if (isNew) note('O', 0, path, NULL, state.st_ino, 0, NULL, 0, 0);
    else if (flags & O_TRUNC) note('T', 0, path, NULL, state.st_ino, 0, NULL, 0, 0);
  }
  pthread_mutex_unlock(&turn);
  errno = error;
  return fd;
}

#define OPEN(NAME)                                                    \
  int NAME(const char *path, int flags, ...) {                        \
    va_list rest;                                                     \
    va_start(rest, flags);                                            \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;         \
    va_end(rest);                                                     \
    return openAt(AT_FDCWD, path, flags, mode);                       \
  }
OPEN(open)
OPEN(open64)

static ssize_t wrote(int fd, const struct iovec *data, int parts, off_t at, ssize_t done) {
  struct file *file = fileOf(fd);
  int error = errno;
  if (file != NULL && done > 0) {
    off_t place = at >= 0 ? at : syscall(SYS_lseek, fd, 0, SEEK_CUR) - done;
    note('W', file->isSynced ? IS_SYNCED : 0, file->path, NULL, file->inode, place, data, parts,
         done);
  }
  errno = error;
  return done;
}

#define WRITE(CALL, DATA, PARTS, AT)                   \
  if (fileOf(fd) == NULL) return syscall CALL;         \
  pthread_mutex_lock(&turn);                           \
  ssize_t done = wrote(fd, DATA, PARTS, AT, syscall CALL); \
  pthread_mutex_unlock(&turn);                         \
  return done;

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec data = {(void *)bytes, length};
  WRITE((SYS_write, fd, bytes, length), &data, 1, -1)
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  struct iovec data = {(void *)bytes, length};
  WRITE((SYS_pwrite64, fd, bytes, length, at), &data, 1, at)
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  return pwrite64(fd, bytes, length, at);
}
ssize_t writev(int fd, const struct iovec *data, int parts) {
  WRITE((SYS_writev, fd, data, parts), data, parts, -1)
}
ssize_t pwritev64(int fd, const struct iovec *data, int parts, off64_t at) {
  WRITE((SYS_pwritev, fd, data, parts, at, at >> 32), data, parts, at)
}
ssize_t pwritev(int fd, const struct iovec *data, int parts, off_t at) {
  return pwritev64(fd, data, parts, at);
}

static int syncAs(int call, int fd) {
  struct file *file = fileOf(fd);
  if (file == NULL) return syscall(call, fd);
  struct stat state;
  pthread_mutex_lock(&turn);
  int done = syscall(call, fd);
  int error = errno;
  if (done == 0 && syscall(SYS_fstat, fd, &state) == 0)
    note('S', S_ISDIR(state.st_mode) ? IS_FOLDER : 0, file->path, NULL, file->inode, 0, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  errno = error;
  return done;
}
int fsync(int fd) { return syncAs(SYS_fsync, fd); }
int fdatasync(int fd) { return syncAs(SYS_fdatasync, fd); }

int ftruncate64(int fd, off64_t size) {
  struct file *file = fileOf(fd);
  if (file == NULL) return syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&turn);
  int done = syscall(SYS_ftruncate, fd, size);
  int error = errno;
  if (done == 0) note('T', 0, file->path, NULL, file->inode, size, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  errno = error;
  return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int named(char kind, const char *a, const char *b, long done) {
  int error = errno;
  if (done == 0) note(kind, 0, a, b, 0, 0, NULL, 0, 0);
  pthread_mutex_unlock(&turn);
  errno = error;
  return done;
}

#define NAMED(KIND, CALL, A, B)                \
  if (!isOurs(A)) return syscall CALL;         \
  pthread_mutex_lock(&turn);                   \
  return named(KIND, A, B, syscall CALL);

int rename(const char *from, const char *to) {
  NAMED('R', (SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), from, to)
}
int link(const char *from, const char *to) {
  NAMED('L', (SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), from, to)
}
int unlink(const char *path) { NAMED('U', (SYS_unlinkat, AT_FDCWD, path, 0), path, NULL) }
int rmdir(const char *path) {
  NAMED('D', (SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), path, NULL)
}
int mkdir(const char *path, mode_t mode) {
  NAMED('M', (SYS_mkdirat, AT_FDCWD, path, mode), path, NULL)
}

void *mmap64(void *near, size_t length, int rights, int flags, int fd, off64_t at) {
  struct file *file = flags & MAP_SHARED && rights & PROT_WRITE ? fileOf(fd) : NULL;
  if (file != NULL) {
    pthread_mutex_lock(&turn);
    note('P', 0, file->path, NULL, file->inode, 0, NULL, 0, 0);
    pthread_mutex_unlock(&turn);
  }
  return (void *)syscall(SYS_mmap, near, length, rights, flags, fd, at);
}
void *mmap(void *near, size_t length, int rights, int flags, int fd, off_t at) {
  return mmap64(near, length, rights, flags, fd, at);
}
