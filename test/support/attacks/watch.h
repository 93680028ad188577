// The main of a hostile root of a container that watches every process but itself and the container's first, as fast as
// it can: who includes this has look(), which is called with each pid again and again. The argument is a path on the
// host that something of the host's could lead to.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *secret;
static void look(int pid);

int main(int count, char **arguments) {
  secret = count > 1 ? arguments[1] : "/none";
  setvbuf(stdout, 0, _IOLBF, 0);
  printf("ready\n");
  for (;;) {
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(processes)) != 0;) {
      int pid = atoi(entry->d_name);
      if (pid > 1 && pid != getpid()) look(pid);
    }
    closedir(processes);
  }
}
