// What others answer, as bytes: D-Bus messages, netlink datagrams, CRIU's messages, files of the kernel's, programs of
// an image. Each reader gives a value or an error of its own, in time, whatever the bytes are.

import { closeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ownCgroupPath } from '../../src/cgroup/own.ts';
import { parseBandwidth, parseUsage, parseUsageAll } from '../../src/cgroup/stats/cpu.ts';
import { parseKeyed } from '../../src/cgroup/stats/files.ts';
import { pageSizes } from '../../src/cgroup/stats/hugetlb.ts';
import { parseEntries, parseIoStat } from '../../src/cgroup/stats/io.ts';
import { parsePressure } from '../../src/cgroup/stats/pressure.ts';
import { startTimeOf } from '../../src/container/process-stat.ts';
import { decodeResponse, encodeRequest } from '../../src/criu/messages.ts';
import { encodeFields } from '../../src/criu/wire.ts';
import { marshal } from '../../src/dbus/marshal.ts';
import { decodeMessage, encodeCall, messageSize } from '../../src/dbus/message.ts';
import { unmarshal } from '../../src/dbus/unmarshal.ts';
import { splitSignature, type Value, variant } from '../../src/dbus/value.ts';
import { NuncError } from '../../src/error.ts';
import { numbers } from '../../src/ffi/system-calls.ts';
import { parseMountinfoHierarchies } from '../../src/host/mountinfo.ts';
import { parseProcessLimits, parseProcessStatus } from '../../src/host/process-status.ts';
import { readContent } from '../../src/host/program-file.ts';
import * as N from '../../src/linux/netlink.ts';
import { readAddresses } from '../../src/network/addresses.ts';
import { findLink, listLinks } from '../../src/network/links.ts';
import { encodeMessage, encodeText } from '../../src/network/messages.ts';
import { openNetlink } from '../../src/network/socket.ts';
import { effort, seed } from '../support/effort.ts';
import { describeCase, mutateBytes, randomBytes } from '../support/fuzz-bytes/mutate.ts';
import { startNamed } from '../support/fuzz-bytes/named-process.ts';
import { kernel } from '../support/library.ts';
import { pick, type Random, randomFrom } from '../support/random.ts';
import { requires } from '../support/requires.ts';
import { fakeKernel } from '../unit/network/fake-kernel.ts';

/** So long may one take, in milliseconds: a hundred times what the slowest needs. */
const PATIENCE = 1000;

interface Reader {
  /** What is read when nothing is wrong. */
  readonly samples: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  /** Whether an error is one that its caller turns into a message. */
  readonly mayThrow: (error: unknown) => boolean;
}

const text = (...lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const never = (): boolean => false;

/** Not what an engine throws of its own accord: connection.ts shows the message of what it catches. */
function isPlain(error: unknown): boolean {
  return error instanceof Error && error.name === 'Error' && !/stack|memory/.test(error.message);
}

function nested(depth: number): Value {
  let value: Value = 7;
  let signature = 'u';
  for (let i = 0; i < depth; i++) [value, signature] = [variant(signature, value), 'v'];
  return value;
}

const call = encodeCall({
  path: '/org/freedesktop/systemd1', interface: 'org.freedesktop.systemd1.Manager', member: 'StartTransientUnit',
  signature: 'ssa(sv)a(sa(sv))', destination: 'org.freedesktop.systemd1',
  body: ['x.scope', 'replace', [['Description', variant('s', 'd')], ['PIDs', variant('au', [1, 2])]], []],
}, 7);

function aligned(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

const SIGNATURES = ['s', 'v', 'a{sv}', 'aav', '(yqut)', 'a(sa(sv))', 'o', 'g', 'd', 'ay', 'aaaaaaaas'];

const link = encodeMessage({ type: N.RTM_NEWLINK, flags: 0, sequence: 1, payload: new Uint8Array(N.IFINFOMSG_SIZE) },
  [{ type: N.IFLA_IFNAME, value: encodeText('eth0') }]);
const address = encodeMessage({ type: N.RTM_NEWADDR, flags: 0, sequence: 1, payload: new Uint8Array(N.IFADDRMSG_SIZE) },
  [{ type: N.IFA_LABEL, value: encodeText('eth0:1') }, { type: N.IFA_FLAGS, value: new Uint8Array(4) }]);
const done = encodeMessage({ type: N.NLMSG_DONE, flags: 0, sequence: 1, payload: new Uint8Array(4) });
const refused = encodeMessage({
  type: N.NLMSG_ERROR, flags: N.NLM_F_ACK_TLVS | N.NLM_F_CAPPED, sequence: 1,
  payload: new Uint8Array([0xea, 0xff, 0xff, 0xff, ...new Uint8Array(16)]),
}, [{ type: N.NLMSGERR_ATTR_MSG, value: encodeText('no such thing') }]);
const whole = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Answers a request of that number with bytes, in place of the kernel. */
function overNetlink(bytes: Uint8Array, ask: (ffi: ReturnType<typeof fakeKernel>['ffi']) => unknown): unknown {
  return ask(fakeKernel(() => [bytes]).ffi);
}

const socket = (): { descriptor: number; sequence: number } => ({ descriptor: 0, sequence: 0 });

const elf = (() => {
  const bytes = new Uint8Array(200);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 3, true);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 3, true);
  view.setBigUint64(72, 128n, true);
  view.setBigUint64(96, 12n, true);
  bytes.set(new TextEncoder().encode('/lib/ld.so\0'), 128);
  return bytes;
})();

const READERS: Readonly<Record<string, Reader>> = {
  'a D-Bus message': {
    samples: [
      call, aligned(marshal('yyyyuua(yv)', [108, 2, 0, 1, 0, 3, [[5, variant('u', 1)], [8, variant('g', '')]]])),
    ],
    read: (bytes) => {
      if (bytes.length < 16) return;
      const size = messageSize(bytes);
      if (size <= bytes.length) decodeMessage(bytes.slice(0, size));
    },
    mayThrow: isPlain,
  },
  ...Object.fromEntries(SIGNATURES.map((signature): [string, Reader] => [`D-Bus values of "${signature}"`, {
    samples: [marshal('a(sa(sv))', [[['a', [['b', variant('as', ['c', 'd'])]]]]]), marshal('v', [nested(20)])],
    read: (bytes) => unmarshal(signature, bytes),
    mayThrow: isPlain,
  }])),
  'a D-Bus signature': {
    samples: [text('a(sa{sv})(((v)))ay'), text('a'.repeat(300)), text('('.repeat(300))],
    read: (bytes) => splitSignature(latin1(bytes)),
    mayThrow: isPlain,
  },
  'a list of links': {
    samples: [whole(link, link, done), whole(link, refused)],
    read: (bytes) => overNetlink(bytes, (ffi) => listLinks(ffi, socket())),
    mayThrow: (error) => error instanceof NuncError,
  },
  'a link': {
    samples: [whole(link, refused), refused, done],
    read: (bytes) => overNetlink(bytes, (ffi) => findLink(ffi, socket(), 'eth0')),
    mayThrow: (error) => error instanceof NuncError,
  },
  'a list of addresses': {
    samples: [whole(address, address, done)],
    read: (bytes) => overNetlink(bytes, (ffi) => readAddresses(ffi, socket(), 0)),
    mayThrow: (error) => error instanceof NuncError,
  },
  'an answer of CRIU': {
    samples: [
      encodeRequest({ type: 'RESTORE', options: { imagesDirFd: 3, external: ['mnt[a]:b'] }, notifySuccess: true }),
      encodeFields([[1, 2], [2, 1], [4, [[1, 99]]], [5, [[1, 'setup-namespaces'], [2, 99]]], [7, -3], [9, 'failed']]),
    ],
    read: decodeResponse,
    mayThrow: (error) => error instanceof RangeError && /^(a field|unknown wire|a number)/.test(error.message),
  },
  'a program of an image': {
    samples: [elf, text('#!/bin/sh -e', 'true'), text('#! \t/bin/sh\r', '')],
    read: (bytes) => readContent((offset, length) => bytes.subarray(offset, Math.min(bytes.length, offset + length))),
    mayThrow: never,
  },
  'mountinfo': {
    samples: [text(
      '24 30 0:22 / /sys/fs/cgroup\\040a\\134 rw,nosuid shared:9 - cgroup cgroup rw,memory,name=x',
      '25 30 0:23 /a /mnt/\\012 rw - cgroup2 none rw', '26 30 0:24 / / rw - ext4 - cgroup2 rw')],
    read: (bytes) => parseMountinfoHierarchies(latin1(bytes)),
    mayThrow: never,
  },
  'a process\'s status': {
    samples: [text('Name:\ta)b ( c', 'PPid:\t1', 'Uid:\t0\t0\t0\t0', 'CapPrm:\t000001ffffffffff', 'CapBnd:\t0000')],
    read: (bytes) => [parseProcessStatus(latin1(bytes), ['CAP_CHOWN']), parseProcessLimits(latin1(bytes))],
    mayThrow: never,
  },
  'a process\'s cgroups': {
    samples: [text('4:memory,cpu:/a:b', '1:name=systemd:/..', '0::/')],
    read: (bytes) => [ownCgroupPath(latin1(bytes), { version: 2, controllers: [] }),
      ownCgroupPath(latin1(bytes), { version: 1, controllers: ['memory'] })],
    mayThrow: never,
  },
  'cgroup statistics': {
    samples: [
      text('usage_usec 1', 'user_usec 2', 'nr_periods 3', 'throttled_usec 99999999999999999999999'),
      text('8:0 rbytes=1 wbytes=2 rios=3', '8:0 Read 4096', 'Total 1'), text('cpu user system', '0 1 2'),
      text('some avg10=0.00 avg60=0 avg300=1e999 total=7', 'full avg10=-1 total=x'),
    ],
    read: (bytes) => [parseUsage, parseUsageAll, parseBandwidth, parseKeyed, parseEntries, parseIoStat, parsePressure]
      .map((parse) => parse(latin1(bytes))).concat([pageSizes(latin1(bytes).split('\n'))] as never[]),
    mayThrow: never,
  },
};

function tryOne({ read, mayThrow }: Reader, bytes: Uint8Array): string | undefined {
  const start = performance.now();
  try {
    read(bytes);
  } catch (error) {
    if (!mayThrow(error)) return `throws ${String(error)}`;
  }
  const taken = performance.now() - start;
  return taken > PATIENCE ? `takes ${Math.round(taken)} ms` : undefined;
}

function sampleFor(random: Random, { samples }: Reader): Uint8Array {
  return random(20) === 0 ? randomBytes(random, random(300)) : mutateBytes(random, pick(random, samples));
}

describe(`bytes of others, EFFORT_SEED=${seed}`, () => {
  for (const [name, reader] of Object.entries(READERS)) {
    test(`${name}: a value, or an error of the reader's own`, () => {
      const random = randomFrom(seed);
      for (const sample of reader.samples) {
        expect(tryOne(reader, sample), describeCase({ seed, round: -1 }, sample)).toBeUndefined();
      }
      for (let round = 0; round < effort({ usual: 1500, nightly: 200_000 }); round++) {
        const bytes = sampleFor(random, reader);
        expect(tryOne(reader, bytes), describeCase({ seed, round }, bytes)).toBeUndefined();
      }
    });
  }
});

/** Each was wrong once. */
describe('regressions', () => {
  test('messageSize() does not wrap a length that is about to', () => {
    const bytes = call.slice();
    new DataView(bytes.buffer).setUint32(12, 0xffff_fff0, true);
    expect(() => messageSize(bytes)).toThrow(/^it sends a message of \d{10} bytes$/);
  });

  test('unmarshal() ends in variants of variants before the stack does', () => {
    const bytes = new Uint8Array(Buffer.concat([Buffer.from('\x01v\0'.repeat(100_000)), Buffer.from('\x01y\0\x07')]));
    expect(() => unmarshal('v', bytes)).toThrow('its values are nested too deeply');
  });

  test('startTimeOf() takes no bracket of a name for the end of it', () => {
    using named = startNamed(') R 1 1 1 (');
    expect(startTimeOf(named.pid)).toBe(named.startTime);
  });

  requires('root')('ask() listens to the kernel only', () => {
    const [listening, other] = [openNetlink(kernel()), openNetlink(kernel())];
    const payload = new Uint8Array(N.IFINFOMSG_SIZE);
    const spoofed = encodeMessage({ type: N.RTM_NEWLINK, flags: 0, sequence: 1, payload },
      [{ type: N.IFLA_IFNAME, value: encodeText('spoofed') }]);
    const port = new Uint8Array(12);
    // Asked of the socket, it is bound: to a port that everybody can know.
    expect(listLinks(kernel(), other).length).toBeGreaterThan(0);
    const send = (): void => {
      expect(kernel().syscall(numbers.getsockname, listening.descriptor, port, new Uint8Array([12, 0, 0, 0]))).toBe(0);
      port.set([16, 0]);
      const sent = kernel().syscall(numbers.sendto, other.descriptor, spoofed, spoofed.length, 0, port, port.length);
      expect(sent).toBe(spoofed.length);
    };
    expect(listLinks(kernel(), listening).length).toBeGreaterThan(0);
    listening.sequence = 0;
    send();
    expect(listLinks(kernel(), listening).map(({ name }) => name)).not.toContain('spoofed');
    for (const { descriptor } of [listening, other]) closeSync(descriptor);
  });
});
