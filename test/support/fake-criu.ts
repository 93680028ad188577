// A CRIU that only speaks (fake-criu.py), for tests of what nunc asks it and of what becomes of its answers.

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const program = resolve(import.meta.dirname, 'fake-criu.py');

export interface FakeCriuOptions {
  readonly version?: readonly [major: number, minor: number];
  /** Lines of its log; with some it fails. */
  readonly fail?: readonly string[];
  /** What it "restores". */
  readonly run?: readonly string[];
  readonly terminal?: boolean;
}

export interface FakeCriuRequest {
  readonly type: string;
  /** By CRIU's names. */
  readonly opts?: Readonly<Record<string, unknown>>;
}

export interface FakeCriu {
  /** An environment in whose PATH it is the first. */
  readonly env: Readonly<Record<string, string>>;
  /** A directory for images and logs. */
  readonly directory: string;
  /** What it has been asked, answers to notifications left out. */
  readonly requests: () => FakeCriuRequest[];
}

/** Puts one in place until the test ends. */
export function fakeCriu(options: FakeCriuOptions = {}): FakeCriu {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-criu-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  symlinkSync(program, join(directory, 'criu'));
  const [settings, requests] = [join(directory, 'settings.json'), join(directory, 'requests')];
  writeFileSync(settings, JSON.stringify({ ...options, requests }));
  writeFileSync(requests, '');
  const path = `${directory}:${process.env['PATH'] ?? ''}`;
  return {
    env: { ...process.env as Record<string, string>, PATH: path, FAKE_CRIU: settings },
    directory,
    requests: () => {
      const lines = readFileSync(requests, 'utf8').trim().split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as FakeCriuRequest).filter(({ type }) => type !== 'NOTIFY');
    },
  };
}
