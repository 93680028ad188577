import { closeSync, mkdtempSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFfi } from '../../../src/ffi/napi.ts';
import { makeFifo, must, pollReadable } from '../../../src/ffi/system-calls.ts';
import { type Ends, openFifos, openPipes } from '../../../src/launch/ends.ts';

const ffi = openFfi();
const descriptors = (): number => readdirSync('/proc/self/fd').length;

/** Fifos in a directory of the test's own. */
function fifos(): { report: string; gate: string } {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-ends-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const paths = { report: join(directory, 'report'), gate: join(directory, 'gate') };
  for (const path of Object.values(paths)) must(makeFifo(ffi, path, 0o600), 'make a fifo');
  return paths;
}

test.each<[string, () => Ends]>([
  ['openFifos()', () => openFifos(ffi, fifos())],
  ['openPipes()', () => openPipes(ffi)],
])('%s: the report ends with its writer, the gate with nobody', (_, open) => {
  const before = descriptors();
  const { report, writer, gate } = open();
  expect(descriptors()).toBe(before + 3);
  expect(pollReadable(ffi, report, 0)).toBe(0);
  expect(pollReadable(ffi, gate, 0)).toBe(0);
  const byte = new Uint8Array(1);
  writeSync(gate, '1');
  expect(readSync(gate, byte)).toBe(1);
  expect(pollReadable(ffi, gate, 0)).toBe(0);
  writeSync(writer, 'x');
  closeSync(writer);
  expect([readSync(report, byte), readSync(report, byte)]).toEqual([1, 0]);
  closeSync(report);
  closeSync(gate);
  expect(descriptors()).toBe(before);
});

test('openFifos() leaves nothing open when one of them is not there', () => {
  const before = descriptors();
  expect(() => openFifos(ffi, { ...fifos(), gate: '/no/such/gate' })).toThrow('ENOENT');
  expect(descriptors()).toBe(before);
});
