// A systemd that is none, on a socket of a test's own: answers as the test wants, in a process of its own since the
// client under test blocks its thread. `fake-systemd-worker.ts SOCKET BEHAVIOUR`; writes a line for each call.

import { createServer, type Socket } from 'node:net';
import { marshal } from '../../src/dbus/marshal.ts';
import { decodeMessage, FIXED_SIZE, messageSize } from '../../src/dbus/message.ts';
import { type Value, variant } from '../../src/dbus/value.ts';

const [, , path = '', behaviour = ''] = process.argv;

const JOB = '/org/freedesktop/systemd1/job/7';
const SYSTEMD = 'org.freedesktop.systemd1';
let known = behaviour === 'leftover' || behaviour === 'running';

interface Answer {
  /** 2 return, 3 error, 4 signal. */
  readonly type: number;
  readonly fields: readonly Value[];
  readonly signature: string;
  readonly body: readonly Value[];
}

function encode({ type, fields, signature, body }: Answer): Uint8Array {
  const bytes = marshal(signature, body);
  const all = [...fields, [8, variant('g', signature)]];
  const header = marshal('yyyyuua(yv)', ['l'.charCodeAt(0), type, 1, 1, bytes.length, 9, all]);
  const padding = Buffer.alloc((8 - (header.length % 8)) % 8);
  return Buffer.concat([header, padding, bytes]);
}

const reply = (serial: number, signature: string, ...body: readonly Value[]): Uint8Array =>
  encode({ type: 2, fields: [[5, variant('u', serial)]], signature, body });

const refuse = (serial: number, name: string, text: string): Uint8Array =>
  encode({ type: 3, fields: [[5, variant('u', serial)], [4, variant('s', name)]], signature: 's', body: [text] });

const jobRemoved = (job: string, result: string): Uint8Array => encode({
  type: 4,
  fields: [
    [1, variant('o', '/org/freedesktop/systemd1')], [2, variant('s', `${SYSTEMD}.Manager`)],
    [3, variant('s', 'JobRemoved')],
  ],
  signature: 'uoss', body: [7, job, 'x.scope', result],
});

function answer(member: string | undefined, serial: number): Uint8Array[] {
  const other = jobRemoved('/org/freedesktop/systemd1/job/6', 'failed');
  switch (member) {
    case 'StartTransientUnit':
      if (known) return [refuse(serial, `${SYSTEMD}.UnitExists`, 'Unit x.scope already exists.')];
      if (behaviour === 'read-only') {
        const name = 'org.freedesktop.DBus.Error.PropertyReadOnly';
        return [refuse(serial, name, 'Cannot set property Foo, or unknown property.')];
      }
      if (behaviour === 'no-job') return [reply(serial, 'o', JOB), other];
      // The job may be done before the answer is there.
      return [other, jobRemoved(JOB, behaviour === 'job-failed' ? 'failed' : 'done'), reply(serial, 'o', JOB)];
    case 'StopUnit':
      if (behaviour === 'gone') return [refuse(serial, `${SYSTEMD}.NoSuchUnit`, 'Unit x.scope not loaded.')];
      return [reply(serial, 'o', JOB), jobRemoved(JOB, 'done')];
    case 'ResetFailedUnit':
      known &&= behaviour !== 'leftover';
      return [reply(serial, '')];
    case 'Get':
      return [reply(serial, 'v', variant('s', '/user.slice'))];
    default:
      return [reply(serial, 's', ':1.1')];
  }
}

function serve(socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  let authenticated = false;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (behaviour === 'silent') return;
    if (behaviour === 'garbage') return void socket.write('HTTP/1.1 400 Bad Request\r\n');
    if (behaviour === 'rejecting') return void socket.write('REJECTED EXTERNAL\r\n');
    if (!authenticated) {
      const end = received.indexOf('BEGIN\r\n');
      if (end < 0) return;
      authenticated = true;
      received = received.subarray(end + 'BEGIN\r\n'.length);
      socket.write('DATA\r\nOK 0123456789abcdef\r\n');
      if (behaviour === 'no-messages') return void socket.write('nonsense that is no message');
    }
    while (received.length >= FIXED_SIZE && received.length >= messageSize(received)) {
      const size = messageSize(received);
      const bytes = received.subarray(0, size);
      const { member, body } = decodeMessage(Uint8Array.from(bytes));
      received = received.subarray(size);
      process.stdout.write(`${member} ${typeof body[0] === 'string' ? body[0] : ''}\n`);
      if (behaviour === 'hanging-up' && member === 'StartTransientUnit') return void socket.destroy();
      for (const message of answer(member, bytes.readUInt32LE(8))) {
        // In two pieces: a stream has no bounds.
        socket.write(message.subarray(0, 20));
        socket.write(message.subarray(20));
      }
    }
  });
}

createServer(serve).listen(path, () => process.stdout.write('ready\n'));
