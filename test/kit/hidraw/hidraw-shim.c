/*
 * Preloaded in front of libumockdev: a hidraw node is a Unix stream socket of the same name in the
 * folder HIDRAW_SOCKETS, on which two bytes of length, lowest first, go before each report. The
 * device's end first sends its report descriptor. Unmodified hidapi does the rest: its open, poll,
 * read, write and ioctl reach here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FDS 1024
#define HEAD_BYTES 2

static struct hidraw_report_descriptor *descriptors[MAX_FDS];

static int is_ours(int fd) { return fd >= 0 && fd < MAX_FDS && descriptors[fd] != NULL; }

/* A report of at most `size` bytes; what is longer is cut, as the kernel does. */
static ssize_t receive(int fd, unsigned char *report, size_t size) {
  unsigned char head[HEAD_BYTES], whole[0x10000];
  ssize_t got = recv(fd, head, sizeof head, MSG_WAITALL);
  size_t length = head[0] | head[1] << 8;
  if (got == HEAD_BYTES) got = recv(fd, whole, length, MSG_WAITALL);
  if (got <= 0 || (size_t)got != length) {
    errno = EIO;
    return -1;
  }
  if (length > size) length = size;
  memcpy(report, whole, length);
  return (ssize_t)length;
}

static int plug(const char *node, int flags) {
  const char *folder = getenv("HIDRAW_SOCKETS");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | (flags & O_CLOEXEC ? SOCK_CLOEXEC : 0), 0);
  if (fd < 0) return -1;
  snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", folder ? folder : "", node);
  struct hidraw_report_descriptor *descriptor = calloc(1, sizeof *descriptor);
  ssize_t size = -1;
  if (fd < MAX_FDS && descriptor && connect(fd, (void *)&address, sizeof address) == 0)
    size = receive(fd, descriptor->value, sizeof descriptor->value);
  if (size < 0) {
    free(descriptor);
    close(fd);
    errno = ENOENT;
    return -1;
  }
  descriptor->size = (unsigned)size;
  descriptors[fd] = descriptor;
  return fd;
}

static int open_any(const char *name, const char *path, int flags, mode_t mode) {
  int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
  if (strncmp(path, "/dev/hidraw", 11) == 0) return plug(path + 5, flags);
  return next(path, flags, mode);
}

#define OPEN(name)                                  \
  int name(const char *path, int flags, ...) {      \
    mode_t mode = 0;                                \
    if (flags & (O_CREAT | O_TMPFILE)) {            \
      va_list rest;                                 \
      va_start(rest, flags);                        \
      mode = va_arg(rest, mode_t);                  \
      va_end(rest);                                 \
    }                                               \
    return open_any(#name, path, flags, mode);      \
  }
OPEN(open)
OPEN(open64)

ssize_t read(int fd, void *bytes, size_t size) {
  ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
  return is_ours(fd) ? receive(fd, bytes, size) : next(fd, bytes, size);
}

ssize_t write(int fd, const void *bytes, size_t size) {
  ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  if (!is_ours(fd)) return next(fd, bytes, size);
  unsigned char framed[HEAD_BYTES + 0x10000];
  if (size > sizeof framed - HEAD_BYTES) {
    errno = EINVAL;
    return -1;
  }
  framed[0] = size;
  framed[1] = size >> 8;
  memcpy(framed + HEAD_BYTES, bytes, size);
  if (send(fd, framed, HEAD_BYTES + size, MSG_NOSIGNAL) == (ssize_t)(HEAD_BYTES + size)) return size;
  errno = ENODEV;
  return -1;
}

int close(int fd) {
  int (*next)(int) = dlsym(RTLD_NEXT, "close");
  if (is_ours(fd)) {
    free(descriptors[fd]);
    descriptors[fd] = NULL;
  }
  return next(fd);
}

/* libfido2 opens nothing but character devices. */
#define FSTAT(name, type)                                              \
  int name(int fd, struct type *status) {                              \
    int (*next)(int, struct type *) = dlsym(RTLD_NEXT, #name);         \
    int result = next(fd, status);                                     \
    if (result == 0 && is_ours(fd)) status->st_mode = S_IFCHR | 0660;  \
    return result;                                                     \
  }
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

int ioctl(int fd, unsigned long request, ...) {
  int (*next)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
  va_list rest;
  va_start(rest, request);
  void *value = va_arg(rest, void *);
  va_end(rest);
  if (!is_ours(fd)) return next(fd, request, value);
  struct hidraw_report_descriptor *asked = value;
  switch (request) {
  case HIDIOCGRDESCSIZE:
    *(int *)value = (int)descriptors[fd]->size;
    return 0;
  case HIDIOCGRDESC:
    memcpy(asked->value, descriptors[fd]->value, descriptors[fd]->size);
    return 0;
  default:
    errno = ENOTTY;
    return -1;
  }
}
