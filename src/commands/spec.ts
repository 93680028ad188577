// nunc spec.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configTemplate } from '../config/template.ts';
import { NuncError } from '../error.ts';
import { probeHost } from '../host/probe.ts';
import type { Invocation } from './command.ts';

export function run({ options }: Invocation): number {
  const path = join(options.string('bundle') ?? '.', 'config.json');
  const spec = configTemplate({
    rootless: options.boolean('rootless'),
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    cgroup2: probeHost().cgroupMode === 'v2',
  });
  try {
    // Never over a config that somebody has written.
    writeFileSync(path, `${JSON.stringify(spec, undefined, '\t')}\n`, { flag: 'wx', mode: 0o666 });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new NuncError('usage', `file ${JSON.stringify(path)} exists: remove it first`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NuncError('syscall', `cannot write ${JSON.stringify(path)}: ${reason}`, { cause });
  }
  return 0;
}
