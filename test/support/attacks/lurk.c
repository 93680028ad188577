// lurk PATH: a hostile root of a container that looks at every process (watch.h). Prints what it can do to those whose
// executable is not in the image, one line each; PATH is a file of the host's.

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "watch.h"

enum whose { UNKNOWN, OURS, THEIRS };

// Whether a process runs a program of the image: one that is found at the path that it says. One that has ended, or
// that can't be looked into, says none.
static enum whose whose(int pid) {
  char name[64], target[4096];
  struct stat real, found;
  snprintf(name, sizeof name, "/proc/%d/exe", pid);
  ssize_t length = readlink(name, target, sizeof target - 1);
  if (length < 0) return UNKNOWN;
  target[length] = 0;
  if (stat(name, &real) != 0) return UNKNOWN;
  if (stat(target, &found) != 0) return THEIRS;
  return real.st_dev == found.st_dev && real.st_ino == found.st_ino ? OURS : THEIRS;
}

static void look(int pid) {
  char path[4352];
  if (whose(pid) == OURS) return;
  for (int descriptor = 0; descriptor < 32; descriptor++) {
    snprintf(path, sizeof path, "/proc/%d/fd/%d/../../../../../../../..%s", pid, descriptor, secret);
    if (access(path, F_OK) == 0) printf("reaches the host by a descriptor\n");
  }
  for (const char **name = (const char *[]){"root", "cwd", 0}; *name != 0; name++) {
    snprintf(path, sizeof path, "/proc/%d/%s%s", pid, *name, secret);
    if (access(path, F_OK) == 0) printf("reaches the host by %s\n", *name);
  }
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR);
  if (memory >= 0 && whose(pid) == THEIRS) printf("can change the memory\n");
  if (memory >= 0) close(memory);
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, 0, __WALL);
    if (whose(pid) == THEIRS) printf("can trace it\n");
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
}
