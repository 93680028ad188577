// tracer PATH: a hostile root of a container that looks at every process and tries to take it over (watch.h). Prints what
// worked, one line each, and "denied" for every process that it has found and could not look into.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "watch.h"

static char link_of(int pid, const char *name, char *target) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  ssize_t length = readlink(path, target, 4095);
  if (length >= 0) target[length] = 0;
  return length >= 0;
}

static void look(int pid) {
  char target[4096], name[32], path[64], longer[4200];
  if (link_of(pid, "exe", target)) {
    // The user's own program: it would never get on.
    if (strncmp(target, "/memfd:", 7) != 0) return;
    printf("exe %s\n", target);
  } else if (errno == EACCES || errno == EPERM) printf("denied\n");
  for (int descriptor = 3; descriptor < 64; descriptor++) {
    snprintf(name, sizeof name, "fd/%d", descriptor);
    if (!link_of(pid, name, target)) continue;
    printf("fd %d %s\n", descriptor, target);
    snprintf(longer, sizeof longer, "/proc/%d/%s/../../../../../../../..%s", pid, name, secret);
    if (access(longer, F_OK) == 0) printf("escaped by %d %s\n", descriptor, target);
    snprintf(longer, sizeof longer, "/proc/%d/%s/cgroup.procs", pid, name);
    int file = open(longer, O_WRONLY);
    if (file >= 0) printf("could change %d %s\n", descriptor, target);
    if (file >= 0) close(file);
  }
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR);
  if (memory >= 0 && link_of(pid, "exe", target)) printf("memory %s\n", target);
  if (memory >= 0) close(memory);
  // PTRACE_ATTACH would leave a SIGSTOP behind where an execve comes in between.
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, 0, __WALL);
    if (link_of(pid, "exe", target)) printf("traced %s\n", target);
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
}
