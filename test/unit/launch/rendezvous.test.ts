// The requests of an init, with inits that do nothing else: no namespaces, no root needed.

import { closeSync, constants, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { assemble } from '../../../src/elf/assemble.ts';
import { openFfi } from '../../../src/ffi/napi.ts';
import { makeFifo, must } from '../../../src/ffi/system-calls.ts';
import { openFifos } from '../../../src/launch/ends.ts';
import { sealExecutable } from '../../../src/launch/executable.ts';
import { endChild, launchInit, type RequestHandlers } from '../../../src/launch/rendezvous.ts';
import { type CreateDraft, newCreateDraft } from '../../../src/plan/create-draft.ts';
import { layDescriptors } from '../../../src/plan/descriptors.ts';
import { call, newSlot, tell } from '../../../src/plan/draft.ts';
import { planCreated } from '../../../src/plan/init.ts';
import { planBirth } from '../../../src/plan/namespaces.ts';
import { planRequest } from '../../../src/plan/request.ts';
import { CANNOT_RUN } from '../elf/run-plan.ts';
import { createInput } from '../plan/create-input.ts';

const ffi = openFfi();
const descriptors = layDescriptors({ preserveFds: 0, unified: false, channel: true, joined: [] });

/** Launches an init that does what `plan` says between its birth and CREATED. @returns its pid */
function launch(plan: (draft: CreateDraft) => void, handlers: RequestHandlers): number {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-rendezvous-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const fifos = { report: join(directory, 'report'), gate: join(directory, 'gate') };
  for (const path of Object.values(fifos)) must(makeFifo(ffi, path, 0o600), 'make a fifo');
  const draft = newCreateDraft(createInput({ linux: {} }, { cgroups: [] }), descriptors);
  planBirth(draft);
  plan(draft);
  planCreated(draft, false);
  const compiled = {
    plan: { operations: draft.operations, memory: draft.memory, report: descriptors.report },
    descriptors,
    hasChannel: true,
  };
  const executable = sealExecutable(ffi, assemble(compiled.plan, 'x86_64'));
  onTestFinished(() => closeSync(executable));
  return launchInit(ffi, {
    compiled, executable, ends: openFifos(ffi, fifos), handlers, given: [], purpose: 'test', onPid: () => undefined,
  });
}

/** Plans a pipe and leaves its write end in a slot. */
function planPipe(draft: CreateDraft) {
  const [ends, writer] = [newSlot(draft), newSlot(draft)];
  tell(draft, '', 'make a pipe');
  call(draft, 'pipe2', [{ memory: ends }, constants.O_NONBLOCK]);
  call(draft, 'fcntl', [{ load: ends + 4, size: 4 }, 0, 0], { result: writer });
  return { reader: { load: ends, size: 4 } as const, writer };
}

test.skipIf(CANNOT_RUN !== '')('launchInit() hands descriptors over and lets the init wait for the answer', () => {
  const seen: unknown[] = [];
  const before = readdirSync('/proc/self/fd').length;
  const pid = launch((draft) => {
    const { reader, writer } = planPipe(draft);
    planRequest(draft, 'copy-up', { value: 7, descriptors: [writer, writer] });
    // Would fail with EAGAIN if nobody had written before the gate opened.
    const byte = newSlot(draft);
    call(draft, 'read', [reader, { memory: byte }, 1]);
    planRequest(draft, 'terminal', { value: { load: byte, size: 1 } });
  }, {
    'copy-up': ({ pid: from, value, receive }) => {
      const [first, second] = [receive(), receive()];
      seen.push(from, value);
      expect(readFileSync(`/proc/self/fdinfo/${first}`, 'utf8')).toMatch(/^flags:\s+02\d+1$/m);
      writeSync(second, '!');
      closeSync(first);
      closeSync(second);
      expect(receive).toThrow('cannot receive a descriptor: resource temporarily unavailable');
    },
    terminal: ({ value }) => void seen.push(value),
  });
  endChild(ffi, pid);
  expect(seen).toEqual([pid, 7, '!'.charCodeAt(0)]);
  // The test's own executable is still open.
  expect(readdirSync('/proc/self/fd').length).toBe(before + 1);
});

test.skipIf(CANNOT_RUN !== '')('launchInit() ends the init when a request fails or nobody knows it', () => {
  const pids: number[] = [];
  const ask = (draft: CreateDraft): void => planRequest(draft, 'hooks');
  const failing: RequestHandlers = {
    hooks: ({ pid }) => {
      pids.push(pid);
      throw new Error('hook failed');
    },
  };
  expect(() => launch(ask, failing)).toThrow('hook failed');
  expect(() => launch(ask, {})).toThrow('cannot serve the init\'s request "hooks"');
  expect(pids).toHaveLength(1);
  expect(() => openSync(`/proc/${pids[0]}/stat`, 'r')).toThrow('ENOENT');
});
