/* Makes system calls that a list names, each in a process of its own, and prints what became of them. A line of the list
 * is "MODE NUMBER ARG…" with up to six arguments in hexadecimal; MODE is 64, or 32 for the 32-bit entry (int 0x80). Prints
 * "errno N", "result N", or "signal N". The list is the file that the first argument names. Without a C library's
 * constructors or threads: what it calls itself is open, read, fork, pipe, write, wait4 and exit_group. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long enter64(long number, const uint64_t *args) {
  long result;
  register uint64_t r10 asm("r10") = args[3];
  register uint64_t r8 asm("r8") = args[4];
  register uint64_t r9 asm("r9") = args[5];
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

static long enter32(long number, const uint64_t *args) {
  int result;
  asm volatile("int $0x80" : "=a"(result) : "a"((int)number), "b"((int)args[0]), "c"((int)args[1]), "d"((int)args[2]),
               "S"((int)args[3]), "D"((int)args[4]) : "memory", "r8", "r9", "r10", "r11");
  return result;
}

static void probe(int mode, long number, const uint64_t *args) {
  int ends[2], status = 0;
  long result = 0;
  if (pipe(ends) != 0) exit(2);
  pid_t child = fork();
  if (child == 0) {
    result = mode == 32 ? enter32(number, args) : enter64(number, args);
    if (write(ends[1], &result, sizeof result) != sizeof result) _exit(3);
    _exit(0);
  }
  close(ends[1]);
  ssize_t got = read(ends[0], &result, sizeof result);
  close(ends[0]);
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
  else if (got != sizeof result) printf("exit %d\n", WEXITSTATUS(status));
  else if (result < 0 && result >= -4095) printf("errno %ld\n", -result);
  else printf("result %ld\n", result);
}

int main(int argc, char **argv) {
  FILE *list = fopen(argc > 1 ? argv[1] : "/dev/stdin", "r");
  char line[512];
  if (list == NULL) return 1;
  setvbuf(stdout, NULL, _IONBF, 0);
  while (fgets(line, sizeof line, list) != NULL) {
    uint64_t args[6] = {0};
    char *rest = line;
    int mode = (int)strtol(rest, &rest, 10);
    long number = strtol(rest, &rest, 10);
    for (int i = 0; i < 6 && *rest != '\n' && *rest != 0; i++) args[i] = strtoull(rest, &rest, 16);
    probe(mode, number, args);
  }
  return 0;
}
