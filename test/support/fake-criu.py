#!/usr/bin/python3
"""Stands for CRIU where the kernel is too new for the packaged one: `criu swrk FD`, with messages decoded by CRIU's own
bindings. $FAKE_CRIU is a JSON file:

  requests  file that every request is appended to, as a line of JSON
  version   what it calls itself
  fail      lines of a log; with some, dump and restore fail
  run       argv of what it "restores"
  terminal  whether that has a terminal
"""
import array
import ctypes
import json
import os
import signal
import socket
import sys

sys.path.insert(0, '/usr/lib/python3/dist-packages')
from google.protobuf.json_format import MessageToDict
from pycriu import rpc_pb2 as rpc

SYS_CLONE = 56
CLONE_PARENT = 0x8000

settings = json.load(open(os.environ['FAKE_CRIU']))
connection = socket.socket(fileno=int(sys.argv[2]))


def receive():
    data = connection.recv(1 << 16)
    if not data:
        sys.exit(1)
    request = rpc.criu_req()
    request.ParseFromString(data)
    with open(settings['requests'], 'a') as file:
        file.write(json.dumps(MessageToDict(request, preserving_proto_field_name=True)) + '\n')
    return request


def send(descriptor=None, **fields):
    data = rpc.criu_resp(**fields).SerializeToString()
    rights = [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [descriptor]))]
    connection.sendmsg([data], rights)


def notify(script, pid=0, success=True, descriptor=None):
    send(descriptor, type=rpc.NOTIFY, success=success, notify=rpc.criu_notify(script=script, pid=pid))
    answer = receive()
    if answer.type != rpc.NOTIFY or not answer.notify_success:
        sys.exit(2)


def write_log(opts, lines):
    """In the directory to work in, which is a descriptor of the caller's."""
    directory = opts.work_dir_fd if opts.HasField('work_dir_fd') else opts.images_dir_fd
    with open(f'/proc/{os.getppid()}/fd/{directory}/{opts.log_file}', 'w') as file:
        file.write(''.join(line + '\n' for line in lines))


def fail(kind, opts):
    write_log(opts, settings['fail'])
    notify('network-unlock', success=False)
    send(type=kind, success=False, cr_errno=22, cr_errmsg='the first error')


def dump(kind, opts):
    notify('network-lock')
    if settings.get('fail'):
        return fail(kind, opts)
    write_log(opts, [])
    if kind == rpc.DUMP and not opts.leave_running:
        os.kill(opts.pid, signal.SIGKILL)
    notify('status-ready')
    notify('post-dump')
    send(type=kind, success=True, dump=rpc.criu_dump_resp())


def start_sibling(terminal):
    """A child of this process's parent, with this one's standard streams."""
    argv = settings['run']
    pid = ctypes.CDLL(None).syscall(SYS_CLONE, CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        connection.close()
        if terminal is not None:
            for stream in range(3):
                os.dup2(terminal, stream)
        os.execv(argv[0], argv)
    return pid


def restore(opts):
    master, slave = os.openpty() if settings.get('terminal') else (None, None)
    # Only for those that are let run; one that fails has made nothing that lasts.
    if settings.get('fail'):
        return fail(rpc.RESTORE, opts)
    pid = start_sibling(slave)
    notify('setup-namespaces', pid)
    if master is not None:
        notify('orphan-pts-master', descriptor=master)
    write_log(opts, [])
    notify('post-restore', pid)
    send(type=rpc.RESTORE, success=True, restore=rpc.criu_restore_resp(pid=pid))


while True:
    request = receive()
    if request.type == rpc.VERSION:
        major, minor = settings.get('version', [3, 17])
        send(type=rpc.VERSION, success=True, version=rpc.criu_version(major_number=major, minor_number=minor))
    elif request.type == rpc.FEATURE_CHECK:
        send(type=rpc.FEATURE_CHECK, success=True, features=rpc.criu_features(mem_track=True, lazy_pages=False))
    elif request.type in (rpc.DUMP, rpc.PRE_DUMP):
        dump(request.type, request.opts)
        break
    elif request.type == rpc.RESTORE:
        restore(request.opts)
        break
