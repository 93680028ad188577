// nunc spec.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configTemplate } from '../config/template.ts';
import { codeOf, messageOf, NuncError } from '../error.ts';
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
    if (codeOf(cause) === 'EEXIST') {
      throw new NuncError('usage', `file ${JSON.stringify(path)} exists: remove it first`, { cause });
    }
    throw new NuncError('syscall', `cannot write ${JSON.stringify(path)}: ${messageOf(cause)}`, { cause });
  }
  return 0;
}
