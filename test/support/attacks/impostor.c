// impostor PID: starts a process that has this pid, which was another's, and sleeps until it is killed. By clone3(2): not
// every kernel has /proc/sys/kernel/ns_last_pid, and where it has any process may be the next one.

#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
  pid_t wanted = count == 2 ? atoi(arguments[1]) : 0;
  struct clone_args clone = {
    .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1,
  };
  long made = syscall(SYS_clone3, &clone, sizeof clone);
  if (made < 0) {
    perror("impostor");
    return 1;
  }
  if (made > 0) return 0;
  // Who reads what the script writes must not wait for this one.
  for (int descriptor = 0; descriptor < 3; descriptor++) close(descriptor);
  for (;;) pause();
}
