"""A seccomp agent: seccomp-agent.py SOCKET ANSWER [COUNT].

Listens on SOCKET and prints "ready". Takes one connection, prints what came with it as a line of JSON: the message, how
many descriptors it had, and whether the connection was closed within a second. Then answers COUNT notifications (all of them
without) with ANSWER: an errno, or "continue". Prints the number of each call that was answered, and "end" when the
listener has no process left."""

import fcntl
import json
import select
import socket
import struct
import sys

NOTIF_SIZE, RESPONSE_SIZE = 80, 24
RECEIVE = 0xC0502100  # SECCOMP_IOCTL_NOTIF_RECV
SEND = 0xC0182101  # SECCOMP_IOCTL_NOTIF_SEND
FLAG_CONTINUE = 1


def say(text):
    print(text, flush=True)


def receive(connection):
    data, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 8)
    while True:
        try:
            message = json.loads(data)
            break
        except ValueError:
            data += connection.recv(1 << 20)
    closing = select.poll()
    closing.register(connection, select.POLLIN)
    closed = closing.poll(1000) != [] and connection.recv(1) == b""
    return {"message": message, "descriptors": len(descriptors), "closed": closed}, descriptors


def answer(listener, choice):
    notification = bytearray(NOTIF_SIZE)
    try:
        fcntl.ioctl(listener, RECEIVE, notification)
        identifier, _, _, number = struct.unpack_from("=QIIi", notification)
        if choice == "continue":
            response = struct.pack("=QqiI", identifier, 0, 0, FLAG_CONTINUE)
        else:
            response = struct.pack("=QqiI", identifier, 0, -int(choice), 0)
        fcntl.ioctl(listener, SEND, response)
        say(number)
    except FileNotFoundError:
        pass  # The caller has died.


server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(1)
say("ready")
connection, _ = server.accept()
received, descriptors = receive(connection)
say(json.dumps(received))
left = int(sys.argv[3]) if len(sys.argv) > 3 else -1
poll = select.poll()
poll.register(descriptors[0], select.POLLIN)
while left != 0:
    _, events = poll.poll()[0]
    if events & select.POLLHUP:
        break
    answer(descriptors[0], sys.argv[2])
    left -= 1
say("end")
