"""A FUSE file system that answers nothing, and a process that waits for it in uninterruptible sleep.

Prints the pid of the process that waits. Ends, and frees it, when standard input does.
Knows of the protocol (include/uapi/linux/fuse.h) what it takes to have it mounted: FUSE_INIT.
"""
import ctypes
import os
import signal
import struct
import sys
import tempfile

FUSE_INIT = 26
HEADER = struct.Struct("<IIQQIIII")  # len opcode unique nodeid uid gid pid padding

libc = ctypes.CDLL(None, use_errno=True)
directory = tempfile.mkdtemp(prefix="nunc-stuck-")
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
if libc.mount(b"stuck", directory.encode(), b"fuse", 0, options.encode()) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
request = os.read(device, 1 << 20)
length, opcode, unique, *_ = HEADER.unpack_from(request)
assert opcode == FUSE_INIT
minor = struct.unpack_from("<II", request, HEADER.size)[1]
reply = struct.pack("<IIIIHHI", 7, min(minor, 31), 0, 0, 0, 0, 4096) + bytes(64 - 24)
os.write(device, struct.pack("<IiQ", 16 + len(reply), 0, unique) + reply)

asker = os.fork()
if asker == 0:
    os.close(device)
    os.stat(os.path.join(directory, "anything"))
    os._exit(0)
# Once the request has been read even what is to end the process waits for the answer.
os.read(device, 1 << 20)
os.kill(asker, signal.SIGUSR1)
print(asker, flush=True)
sys.stdin.read()
libc.umount2(directory.encode(), 2)  # MNT_DETACH
os.rmdir(directory)
