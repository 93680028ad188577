// Containers of a pod: states, logs, exit codes, stopping, probes.

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../../support/lifecycle.ts';
import type { Case } from '../battery.ts';
import {
  createContainer, type CriClient, execSync, initOf, logOf, startContainer, statusOf, untilExited,
} from './cri-client.ts';

const waits = 'trap "exit 0" TERM; while :; do sleep 0.05; done';

const states: readonly Case<CriClient>[] = [
  {
    name: 'a container is created, running and exited, with its code and reason',
    run: async (client) => {
      const script = 'while ! [ -e /go ]; do sleep 0.02; done; exit 3';
      const id = await createContainer(client, { name: 'states', script });
      const seen = [(await statusOf(client, id)).state];
      await client.grpc.call('startContainer', { containerId: id });
      seen.push((await statusOf(client, id)).state);
      await execSync(client, id, { script: 'touch /go' });
      const { state, exitCode, reason, createdAt, startedAt, finishedAt } = await untilExited(client, id);
      expect([...seen, state]).toEqual(['CONTAINER_CREATED', 'CONTAINER_RUNNING', 'CONTAINER_EXITED']);
      expect(createdAt < startedAt && startedAt < finishedAt).toBe(true);
      expect({ exitCode, reason }).toEqual({ exitCode: 3, reason: 'Error' });
    },
  },
  {
    name: 'a container that succeeds is Completed',
    run: async (client) => {
      const id = await startContainer(client, { name: 'ok', script: 'true' });
      const { exitCode, reason } = await untilExited(client, id);
      expect({ exitCode, reason }).toEqual({ exitCode: 0, reason: 'Completed' });
    },
  },
  {
    name: 'a command that is not there fails the start, with a reason',
    run: async (client) => {
      const id = await createContainer(client, { name: 'nosuch', script: '', more: { command: ['nosuch'] } });
      const started = client.grpc.call('startContainer', { containerId: id });
      await expect(started).rejects.toThrow('exec: "nosuch": executable file not found in $PATH');
      const { state, exitCode, reason } = await statusOf(client, id);
      return { state, exitCode, reason };
    },
  },
  {
    name: 'out of memory is OOMKilled',
    run: async (client) => {
      const resources = { memoryLimitInBytes: 16777216 };
      const id = await startContainer(client, { name: 'greedy', script: 'sleep 1; exec tail /dev/zero', resources });
      const { exitCode, reason } = await untilExited(client, id);
      expect({ exitCode, reason }).toEqual({ exitCode: 137, reason: 'OOMKilled' });
    },
  },
  {
    name: 'a container can be made again in the same pod',
    run: async (client) => {
      const codes: number[] = [];
      for (let attempt = 0; attempt < 3; attempt++) {
        const more = { metadata: { name: 'again', attempt } };
        const id = await startContainer(client, { name: 'again', script: `exit ${attempt}`, more });
        codes.push((await untilExited(client, id)).exitCode);
      }
      expect(codes).toEqual([0, 1, 2]);
    },
  },
];

const stopping: readonly Case<CriClient>[] = [
  {
    name: 'stop lets a container end by itself',
    run: async (client) => {
      const script = 'trap "echo bye; exit 4" TERM; echo up; while :; do sleep 0.05; done';
      const id = await startContainer(client, { name: 'polite', script });
      await eventually(() => logOf(client, 'polite'), (lines) => lines.includes('stdout F up'));
      await client.grpc.call('stopContainer', { containerId: id, timeout: 20 });
      const { exitCode } = await statusOf(client, id);
      expect([exitCode, logOf(client, 'polite')]).toEqual([4, ['stdout F up', 'stdout F bye']]);
    },
  },
  {
    name: 'stop kills after the timeout what ignores it',
    run: async (client) => {
      const script = 'trap "" TERM; echo up; while :; do sleep 0.05; done';
      const id = await startContainer(client, { name: 'stubborn', script });
      await eventually(() => logOf(client, 'stubborn'), (lines) => lines.includes('stdout F up'));
      await client.grpc.call('stopContainer', { containerId: id, timeout: 1 });
      const { exitCode, reason } = await statusOf(client, id);
      expect({ exitCode, reason }).toEqual({ exitCode: 137, reason: 'Error' });
    },
  },
  {
    name: 'stop of an exited container and removal of a running one succeed',
    run: async (client) => {
      const ended = await startContainer(client, { name: 'ended', script: 'exit 2' });
      await untilExited(client, ended);
      await client.grpc.call('stopContainer', { containerId: ended, timeout: 1 });
      const running = await startContainer(client, { name: 'running', script: waits });
      const pid = await initOf(client, running);
      await client.grpc.call('removeContainer', { containerId: running });
      await expect(statusOf(client, running)).rejects.toThrow('not found');
      expect(client.sandbox.processes().some((process) => process.pid === pid)).toBe(false);
    },
  },
];

const logs: readonly Case<CriClient>[] = [
  {
    name: 'logs tell standard output from errors, and mark lines without an end',
    run: async (client) => {
      const script = 'echo one; sleep 0.2; echo two >&2; sleep 0.2; printf three';
      await untilExited(client, await startContainer(client, { name: 'logs', script }));
      const lines = await eventually(() => logOf(client, 'logs'), ({ length }) => length === 3);
      expect(lines).toEqual(['stdout F one', 'stderr F two', 'stdout P three']);
    },
  },
  {
    name: 'a log that was moved away is opened again',
    run: async (client) => {
      const script = 'echo before; while ! [ -e /go ]; do sleep 0.02; done; echo after; sleep 100';
      const id = await startContainer(client, { name: 'rotated', script });
      await eventually(() => logOf(client, 'rotated'), (lines) => lines.includes('stdout F before'));
      const path = join(client.sandbox.paths.podLogs, 'shared/rotated');
      renameSync(`${path}.log`, `${path}.1.log`);
      await client.grpc.call('reopenContainerLog', { containerId: id });
      await execSync(client, id, { script: 'touch /go' });
      const lines = await eventually(() => logOf(client, 'rotated'), (all) => all.join('') !== '');
      expect([lines, logOf(client, 'rotated.1')]).toEqual([['stdout F after'], ['stdout F before']]);
    },
  },
];

const probes: readonly Case<CriClient>[] = [
  {
    name: 'execSync gives both outputs and the exit code',
    run: async (client) => {
      const id = await startContainer(client, { name: 'probed', script: waits });
      const result = await execSync(client, id, { script: 'echo out; echo err >&2; exit 3' });
      expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
    },
  },
  {
    name: 'execSync ends what takes longer than its timeout',
    run: async (client) => {
      const id = await startContainer(client, { name: 'probed', script: waits });
      await expect(execSync(client, id, { script: 'sleep 4321', timeout: 1 })).rejects.toThrow('timeout 1s exceeded');
      const sleepers = (): number => client.sandbox.processes().filter(({ args }) => args[1] === '4321').length;
      await eventually(sleepers, (count) => count === 0);
      expect((await statusOf(client, id)).state).toBe('CONTAINER_RUNNING');
    },
  },
  {
    name: 'execSync of a command that is not there fails, and the container goes on',
    run: async (client) => {
      const id = await startContainer(client, { name: 'probed', script: waits });
      const call = client.grpc.call('execSync', { containerId: id, cmd: ['nosuch'] });
      await expect(call).rejects.toThrow('exec: "nosuch": executable file not found in $PATH');
      expect((await execSync(client, id, { script: 'echo on' })).stdout).toBe('on\n');
    },
  },
  {
    name: 'many probes at once each get their answer',
    run: async (client) => {
      const id = await startContainer(client, { name: 'probed', script: waits });
      const numbers = Array.from({ length: 10 }, (_, i) => i);
      const results = await Promise.all(numbers.map((i) => execSync(client, id, { script: `echo ${i}; exit ${i}` })));
      expect(results.map(({ stdout, exitCode }) => [stdout, exitCode])).toEqual(numbers.map((i) => [`${i}\n`, i]));
    },
  },
];

export const containerCases = [...states, ...stopping, ...logs, ...probes];
