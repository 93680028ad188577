// The six lists of hooks: each of them leaves a file with its argument, and the state that it was given.

import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bundle } from '../bundle.ts';
import type { State } from '../lifecycle.ts';
import type { Property } from './property.ts';

const HOOKS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;
type HookName = (typeof HOOKS)[number];

/** The status that each hook is told. */
const STATUS: Readonly<Record<HookName, string>> = {
  prestart: 'creating', createRuntime: 'creating', createContainer: 'creating', startContainer: 'created',
  poststart: 'running', poststop: 'stopped',
};

/** startContainer hooks see the container's file system, all others the host's. */
function fileOf({ directory, rootfs }: Bundle, hook: HookName): { readonly onHost: string; readonly forHook: string } {
  if (hook === 'startContainer') return { onHost: join(rootfs, 'hooks/file'), forHook: '/hooks/file' };
  const path = join(directory, 'hook-file');
  return { onHost: path, forHook: path };
}

function runs(hook: HookName): Property {
  return {
    names: ['path', 'args[]', 'env[]'].map((key) => `hooks.${hook}[].${key}`),
    set: (spec, bundle) => {
      mkdirSync(join(bundle.rootfs, 'hooks'));
      chmodSync(join(bundle.rootfs, 'hooks'), 0o777);
      const script = '{ echo "$1"; cat; } >"$FILE"';
      const env = ['PATH=/usr/bin:/bin', `FILE=${fileOf(bundle, hook).forHook}`];
      spec.hooks = { [hook]: [{ path: '/bin/sh', args: ['sh', '-c', script, 'sh', 'an argument'], env }] };
    },
    inside: ['echo done', 'done'],
    ...(hook === 'poststart' ? { notInRunc: 'it tells these hooks that the container is only created' } : {}),
    afterwards: (bundle) => {
      const [argument = '', ...rest] = readFileSync(fileOf(bundle, hook).onHost, 'utf8').split('\n');
      const state = JSON.parse(rest.join('\n')) as State;
      expect(argument).toBe('an argument');
      expect(state).toMatchObject({ id: bundle.id, bundle: bundle.directory, status: STATUS[hook] });
    },
  };
}

/** A hook that takes too long is ended; only poststop's failure is none of the container's. */
function timesOut(hook: HookName): Property {
  return {
    names: [`hooks.${hook}[].timeout`],
    set: (spec, bundle) => {
      mkdirSync(join(bundle.rootfs, 'hooks'));
      const script = `sleep 4; echo late >${fileOf(bundle, hook).forHook}`;
      spec.hooks = { [hook]: [{ path: '/bin/sh', args: ['sh', '-c', script], env: ['PATH=/bin'], timeout: 1 }] };
    },
    afterwards: (bundle, { status, stderr }) => {
      expect(existsSync(fileOf(bundle, hook).onHost)).toBe(false);
      expect(stderr).toMatch(/hook/);
      if (hook === 'poststop') expect(status).toBe(0);
      else expect(status).not.toBe(0);
    },
  };
}

export const hookProperties: readonly Property[] = HOOKS.flatMap((hook) => [runs(hook), timesOut(hook)]);
