// keys hold PROGRAM…: becomes the owner of a session keyring with a secret in it, as a login is, and executes a program.
// keys steal: looks for the secret in every keyring that it can name, and prints it.

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY_NAME "nunc-canary"
#define SECRET "secret of the host"

enum { JOIN_SESSION = 1, SEARCH = 10, READ = 11 };

static void try_keyring(int ring)
{
  char text[100] = "";
  long key = syscall(SYS_keyctl, SEARCH, ring, "user", KEY_NAME, 0);
  if (key > 0 && syscall(SYS_keyctl, READ, key, text, sizeof text - 1) > 0) printf("gained: %s\n", text);
}

int main(int argc, char **argv)
{
  if (argc > 2 && strcmp(argv[1], "hold") == 0) {
    if (syscall(SYS_keyctl, JOIN_SESSION, 0) < 0) return 1;
    if (syscall(SYS_add_key, "user", KEY_NAME, SECRET, strlen(SECRET), -3) < 0) return 2;
    execvp(argv[2], argv + 2);
    return 3;
  }
  // Of the thread, the process, the session, the user, the user's session (keyctl(2)).
  for (int ring = -1; ring >= -5; ring--) try_keyring(ring);
  puts("done");
  return 0;
}
