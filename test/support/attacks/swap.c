// swap A B: a hostile helper. Exchanges two paths as fast as it can until it is killed: what a runtime has looked at is
// something else when it uses it.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 3) return 2;
  // On a busy machine it would pause for as long as a runtime needs to look and to use; and a loop without pauses would
  // keep the runtime from doing either.
  if (setpriority(PRIO_PROCESS, 0, -19) != 0 || prctl(PR_SET_TIMERSLACK, 1) != 0) return 1;
  if (renameat2(AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], RENAME_EXCHANGE) != 0) return 1;
  printf("ready\n");
  fflush(stdout);
  for (unsigned round = 0;; round++) {
    renameat2(AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], RENAME_EXCHANGE);
    usleep(round % 64 * 2);
  }
}
