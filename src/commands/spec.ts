// nunc spec.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { configTemplate } from '../config/template.ts';
import { codeOf, NuncError, reasonOf } from '../error.ts';
import { probeHost } from '../host/probe.ts';
import type { Invocation } from './command.ts';

export function run({ options, print }: Invocation): number {
  const file = options.string('file') || 'config.json';
  const spec = configTemplate({
    rootless: options.boolean('rootless'),
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    cgroup2: probeHost().cgroupMode === 'v2',
  });
  const text = `${JSON.stringify(spec, undefined, '\t')}\n`;
  if (file === '-') print(text);
  else write(resolve(options.string('bundle') ?? '.', file), text);
  return 0;
}

function write(path: string, text: string): void {
  try {
    // Never over a config that somebody has written.
    writeFileSync(path, text, { flag: 'wx', mode: 0o666 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') {
      throw new NuncError('usage', `file ${JSON.stringify(path)} exists: remove it first`, { cause });
    }
    throw new NuncError('syscall', `cannot write ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}
