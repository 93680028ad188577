/* Makes libseccomp's filter of a neutral list of rules. Standard input has one command a line:
 *
 *   default ACTION            the first line; ACTION is SECCOMP_RET_… with its data
 *   arch NAME                 x86_64, x86, x32, aarch64, arm
 *   noarch NAME
 *   optimize LEVEL
 *   rule ACTION NAME COUNT { INDEX OPERATOR VALUE VALUE }…
 *
 * Standard output gets the BPF program; with the argument "names ARCH" all names and numbers of an architecture instead.
 * Standard error gets "refused INDEX ERRNO" for a rule, counted from 0, that libseccomp refuses, and at the end "took
 * NANOSECONDS", those that were spent in libseccomp. */
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long took = 0;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int names(const char *arch_name) {
  uint32_t arch = seccomp_arch_resolve_name(arch_name);
  int base = strcmp(arch_name, "x32") == 0 ? 0x40000000 : 0;
  for (int number = 0; number < 0x100000; number++) {
    char *name = seccomp_syscall_resolve_num_arch(arch, base + number);
    if (name != NULL) printf("%s %d\n", name, base + number);
    free(name);
  }
  return 0;
}

static int add_rule(scmp_filter_ctx filter) {
  static unsigned index_of_rule = 0;
  unsigned action, count, this_rule = index_of_rule++;
  char name[128];
  struct scmp_arg_cmp args[6] = {{0}};
  if (scanf("%u %127s %u", &action, name, &count) != 3 || count > 6) return -EINVAL;
  for (unsigned i = 0; i < count; i++) {
    unsigned index, operator;
    unsigned long long one, two;
    if (scanf("%u %u %llu %llu", &index, &operator, &one, &two) != 4) return -EINVAL;
    args[i] = (struct scmp_arg_cmp){index, operator, one, two};
  }
  took -= now();
  int number = seccomp_syscall_resolve_name(name);
  int result = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, number, count, args);
  took += now();
  if (result < 0) fprintf(stderr, "refused %u %d\n", this_rule, -result);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "names") == 0) return names(argv[2]);
  scmp_filter_ctx filter = NULL;
  char word[32], name[32];
  unsigned number;
  while (scanf("%31s", word) == 1) {
    int result = 0;
    if (strcmp(word, "default") == 0 && scanf("%u", &number) == 1) filter = seccomp_init(number);
    else if (strcmp(word, "arch") == 0 && scanf("%31s", name) == 1)
      result = seccomp_arch_add(filter, seccomp_arch_resolve_name(name));
    else if (strcmp(word, "noarch") == 0 && scanf("%31s", name) == 1)
      result = seccomp_arch_remove(filter, seccomp_arch_resolve_name(name));
    else if (strcmp(word, "optimize") == 0 && scanf("%u", &number) == 1)
      result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, number);
    else if (strcmp(word, "rule") == 0) result = add_rule(filter);
    else result = -EINVAL;
    if (result < 0 && result != -EEXIST) {
      fprintf(stderr, "cannot %s: %s\n", word, strerror(-result));
      return 1;
    }
  }
  if (filter == NULL) return 1;
  took -= now();
  int result = seccomp_export_bpf(filter, 1);
  took += now();
  fprintf(stderr, "took %lld\n", took);
  return result < 0;
}
