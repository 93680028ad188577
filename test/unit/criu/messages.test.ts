// CRIU's own bindings say what a message means (Debian's package criu).

import { execFileSync } from 'node:child_process';
import { expect, test as always } from 'vitest';
import { type CriuOptions, decodeResponse, encodeRequest } from '../../../src/criu/messages.ts';
import { requires } from '../../support/requires.ts';

const test = requires('pycriu');

function python(program: string, input: string): string {
  const imports = `
import json, sys
sys.path.insert(0, '/usr/lib/python3/dist-packages')
from google.protobuf import json_format
from pycriu import rpc_pb2 as rpc
`;
  return execFileSync('/usr/bin/python3', ['-c', imports + program], { input, encoding: 'utf8' });
}

function decodedByCriu(request: Uint8Array): unknown {
  return JSON.parse(python(`
message = rpc.criu_req()
message.ParseFromString(bytes.fromhex(sys.stdin.read()))
print(json.dumps(json_format.MessageToDict(message, preserving_proto_field_name=True)))`,
  Buffer.from(request).toString('hex')));
}

/** Every option that there is; a new one does not compile without a place here. */
const options: Required<CriuOptions> = {
  imagesDirFd: 7, pid: 4242, leaveRunning: true, extUnixSk: true, tcpEstablished: true, evasiveDevices: true,
  shellJob: true, fileLocks: true, logLevel: 4, logFile: 'dump.log', pageServer: { address: '::1', port: 27 },
  notifyScripts: true, root: '/bündle', parentImg: '../one', trackMem: true, autoDedup: true, workDirFd: 300,
  linkRemap: true, manageCgroups: true, rstSibling: true,
  cgroupRoots: [{ controller: 'cpu', path: '/a' }, { controller: '', path: '/b' }],
  inheritFd: [{ key: 'pipe:[1]', fd: 1 }], manageCgroupsMode: 5,
  external: ['mnt[/a]:/a', 'net[1]:extRootNetNS'], emptyNs: 0x4000_0000,
  joinNs: [{ type: 'ipc', path: '/proc/1/ns/ipc' }], freezeCgroup: '/sys/fs/cgroup/x', tcpSkipInFlight: true,
  lazyPages: true, orphanPtsMaster: true, configFile: '/etc/criu/runc.conf', tcpClose: true, lsmProfile: 'apparmor:x',
  lsmMountContext: 'label', networkLock: 2,
};

test('encodeRequest() writes every option as CRIU reads it', () => {
  expect(decodedByCriu(encodeRequest({ type: 'RESTORE', options, keepOpen: true }))).toEqual({
    type: 'RESTORE',
    keep_open: true,
    opts: {
      images_dir_fd: 7, pid: 4242, leave_running: true, ext_unix_sk: true, tcp_established: true,
      evasive_devices: true, shell_job: true, file_locks: true, log_level: 4, log_file: 'dump.log',
      ps: { address: '::1', port: 27 }, notify_scripts: true, root: '/bündle', parent_img: '../one', track_mem: true,
      auto_dedup: true, work_dir_fd: 300, link_remap: true, manage_cgroups: true,
      cg_root: [{ ctrl: 'cpu', path: '/a' }, { ctrl: '', path: '/b' }], rst_sibling: true,
      inherit_fd: [{ key: 'pipe:[1]', fd: 1 }], manage_cgroups_mode: 'STRICT',
      external: ['mnt[/a]:/a', 'net[1]:extRootNetNS'], empty_ns: 0x4000_0000,
      join_ns: [{ ns: 'ipc', ns_file: '/proc/1/ns/ipc' }], freeze_cgroup: '/sys/fs/cgroup/x',
      tcp_skip_in_flight: true, lazy_pages: true, orphan_pts_master: true, config_file: '/etc/criu/runc.conf',
      tcp_close: true, lsm_profile: 'apparmor:x', lsm_mount_context: 'label', network_lock: 'NFTABLES',
    },
  });
});

test('encodeRequest() answers notifications and asks for features', () => {
  expect(decodedByCriu(encodeRequest({ type: 'NOTIFY', notifySuccess: true }))).toEqual({
    type: 'NOTIFY', notify_success: true,
  });
  expect(decodedByCriu(encodeRequest({ type: 'FEATURE_CHECK', features: { memTrack: true } }))).toEqual({
    type: 'FEATURE_CHECK', features: { mem_track: true, lazy_pages: false },
  });
});

test('decodeResponse() reads what CRIU writes', () => {
  const decode = (response: object): unknown => {
    const hex = python(`
message = json_format.ParseDict(json.load(sys.stdin), rpc.criu_resp())
print(message.SerializeToString().hex())`, JSON.stringify(response));
    return decodeResponse(Buffer.from(hex.trim(), 'hex'));
  };
  expect(decode({ type: 'RESTORE', success: true, restore: { pid: 99 } })).toMatchObject({
    type: 'RESTORE', success: true, restoredPid: 99, errno: 0, message: '',
  });
  expect(decode({ type: 'DUMP', success: false, cr_errno: 52, cr_errmsg: 'why' })).toMatchObject({
    type: 'DUMP', success: false, errno: 52, message: 'why',
  });
  expect(decode({ type: 'NOTIFY', success: true, notify: { script: 'post-restore', pid: 8 } })).toMatchObject({
    type: 'NOTIFY', script: 'post-restore', scriptPid: 8,
  });
  expect(decode({ type: 'VERSION', success: true, version: { major_number: 3, minor_number: 17 } })).toMatchObject({
    version: { major: 3, minor: 17 },
  });
  expect(decode({ type: 'FEATURE_CHECK', success: true, features: { mem_track: true } })).toMatchObject({
    features: { memTrack: true, lazyPages: false },
  });
});

always('decodeResponse() refuses what is no message', () => {
  expect(() => decodeResponse(Uint8Array.of(0x12, 9))).toThrow(RangeError);
});
