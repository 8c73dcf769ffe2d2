// A kernel's camera for tests/test_camera.py, preloaded: /dev/video9 as V4L2 has it, in place of a driver.
//
// libwebrtc's own capture module opens it, asks it, maps its buffers and waits for its pictures. In the environment:
//   FAKE_FORMATS  "YUYV:640x480 MJPG:1280x720"
//   FAKE_JPEG     a file with the picture that MJPG gives
//   FAKE_BUSY     set: another program uses it
//   FAKE_SHORT    set: every other picture is cut
//   FAKE_GONE     a file: the camera is unplugged when it exists
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { kBuffer = 4 << 20, kBuffers = 4, kFds = 4096 };

static char fakes[kFds];
static struct v4l2_pix_format format;
static unsigned char* memory;
static int queued[kBuffers], first, count;
static unsigned frames;

static int Gone(void) {
  const char* path = getenv("FAKE_GONE");
  return path && access(path, F_OK) == 0;
}

static int Has(unsigned pixelformat, unsigned width, unsigned height) {
  char name[64];
  snprintf(name, sizeof name, "%.4s:%ux%u", (char*)&pixelformat, width, height);
  const char* formats = getenv("FAKE_FORMATS");
  return formats && strstr(formats, name) != NULL;
}

static int Open(const char* path) {
  if (strcmp(path, "/dev/video9") != 0) return -2;
  if (Gone()) {
    errno = ENODEV;
    return -1;
  }
  const int fd = memfd_create("camera", 0);
  if (fd >= 0 && ftruncate(fd, kBuffer * kBuffers) == 0) fakes[fd] = 1;
  return fd;
}

int open(const char* path, int flags, ...) {
  static int (*real)(const char*, int, ...);
  if (!real) real = dlsym(RTLD_NEXT, "open");
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  const int fd = Open(path);
  return fd == -2 ? real(path, flags, mode) : fd;
}

int open64(const char* path, int flags, ...) {
  static int (*real)(const char*, int, ...);
  if (!real) real = dlsym(RTLD_NEXT, "open64");
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  const int fd = Open(path);
  return fd == -2 ? real(path, flags, mode) : fd;
}

int close(int fd) {
  static int (*real)(int);
  if (!real) real = dlsym(RTLD_NEXT, "close");
  if (fd >= 0 && fd < kFds) fakes[fd] = 0;
  return real(fd);
}

// Luma rises to the right and with every picture; chroma tells the format.
static unsigned Draw(unsigned char* to) {
  const unsigned width = format.width, height = format.height;
  if (format.pixelformat == V4L2_PIX_FMT_MJPEG) {
    FILE* file = fopen(getenv("FAKE_JPEG"), "rb");
    const size_t size = file ? fread(to, 1, kBuffer, file) : 0;
    if (file) fclose(file);
    return (unsigned)size;
  }
  if (format.pixelformat == V4L2_PIX_FMT_YUYV) {
    for (unsigned y = 0; y < height; ++y) {
      for (unsigned x = 0; x < width; ++x) {
        to[2 * (y * width + x)] = (unsigned char)(16 + 200 * x / width);
        to[2 * (y * width + x) + 1] = x % 2 ? 170 : 90;
      }
    }
    return 2 * width * height;
  }
  for (unsigned i = 0; i < width * height; ++i) to[i] = (unsigned char)(16 + 200 * (i % width) / width);
  for (unsigned i = 0; i < width * height / 4; ++i) {
    to[width * height + 2 * i] = 90;
    to[width * height + 2 * i + 1] = 170;
  }
  return width * height * 3 / 2;
}

static int Control(int fd, unsigned long request, void* argument) {
  if (Gone()) {
    errno = ENODEV;
    return -1;
  }
  switch (request) {
    case VIDIOC_QUERYCAP: {
      struct v4l2_capability* c = argument;
      memset(c, 0, sizeof *c);
      strcpy((char*)c->card, "Test camera");
      strcpy((char*)c->bus_info, "usb-fake-1");
      c->capabilities = c->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      return 0;
    }
    case VIDIOC_ENUM_FMT: {
      struct v4l2_fmtdesc* d = argument;
      static const unsigned known[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_MJPEG};
      unsigned index = d->index;
      for (unsigned i = 0; i < 3; ++i) {
        char name[6];
        snprintf(name, sizeof name, "%.4s:", (char*)&known[i]);
        if (strstr(getenv("FAKE_FORMATS"), name) && index-- == 0) {
          d->pixelformat = known[i];
          return 0;
        }
      }
      errno = EINVAL;
      return -1;
    }
    case VIDIOC_TRY_FMT: {
      const struct v4l2_pix_format* p = &((struct v4l2_format*)argument)->fmt.pix;
      errno = EINVAL;
      return Has(p->pixelformat, p->width, p->height) ? 0 : -1;
    }
    case VIDIOC_S_FMT:
      if (getenv("FAKE_BUSY")) {
        errno = EBUSY;
        return -1;
      }
      format = ((struct v4l2_format*)argument)->fmt.pix;
      return 0;
    case VIDIOC_G_PARM:
      ((struct v4l2_streamparm*)argument)->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
      return 0;
    case VIDIOC_S_PARM:
    case VIDIOC_STREAMON:
      return 0;
    case VIDIOC_STREAMOFF:
      count = 0;
      return 0;
    case VIDIOC_REQBUFS:
      memory = mmap(NULL, kBuffer * kBuffers, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      first = count = 0;
      return 0;
    case VIDIOC_QUERYBUF: {
      struct v4l2_buffer* b = argument;
      b->length = kBuffer;
      b->m.offset = b->index * kBuffer;
      return 0;
    }
    case VIDIOC_QBUF:
      queued[(first + count++) % kBuffers] = (int)((struct v4l2_buffer*)argument)->index;
      return 0;
    case VIDIOC_DQBUF: {
      struct v4l2_buffer* b = argument;
      nanosleep(&(struct timespec){0, 20000000}, NULL);
      if (count == 0) {
        errno = EAGAIN;
        return -1;
      }
      b->index = (unsigned)queued[first];
      first = (first + 1) % kBuffers;
      --count;
      b->bytesused = Draw(memory + b->index * kBuffer);
      if (getenv("FAKE_SHORT") && ++frames % 2) b->bytesused /= 2;
      return 0;
    }
    default:
      errno = ENOTTY;
      return -1;
  }
}

int ioctl(int fd, unsigned long request, ...) {
  static int (*real)(int, unsigned long, ...);
  if (!real) real = dlsym(RTLD_NEXT, "ioctl");
  va_list more;
  va_start(more, request);
  void* argument = va_arg(more, void*);
  va_end(more);
  return fd >= 0 && fd < kFds && fakes[fd] ? Control(fd, request, argument) : real(fd, request, argument);
}
