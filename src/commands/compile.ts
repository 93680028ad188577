// nunc compile.

import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { compileContainer } from '../container/compile.ts';
import { describeCompiled, printDescription } from '../container/describe-compiled.ts';
import { loadDriver } from '../container/load-driver.ts';
import { NuncError, reasonOf } from '../error.ts';
import type { Invocation } from './command.ts';
import { readFormat } from './formats.ts';

export async function run(invocation: Invocation): Promise<number> {
  const { options, globals, log, print } = invocation;
  const output = options.string('output') || undefined;
  const describes = options.boolean('describe');
  const format = readFormat(options.string('format'));
  if (output === undefined && !describes) throw new NuncError('usage', 'compile needs --output FILE or --describe');
  const bundle = resolve(options.string('bundle') ?? '.');
  const config = options.string('config') || undefined;
  const compiled = compileContainer({
    root: globals.root,
    id: options.string('id') ?? basename(output ?? bundle),
    bundle,
    noPivot: options.boolean('no-pivot'),
    newKeyring: !options.boolean('no-new-keyring'),
    preserveFds: 0,
    rootless: globals.rootless,
    ignoreUnsafeAnnotations: globals.ignoreUnsafeAnnotations,
    cgroupDriver: await loadDriver(invocation.ffi(), globals.cgroupManager),
    warn: (message) => log.warning(message),
    ...(config === undefined ? {} : { config }),
  });
  if (output !== undefined) write(resolve(output), compiled.file);
  if (!describes) return 0;
  const description = describeCompiled(compiled);
  print(format === 'json' ? `${JSON.stringify(description, undefined, 2)}\n` : printDescription(description));
  return 0;
}

/** In one step: a file of that name is either the old one or the new one, and can be running. */
function write(path: string, file: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // /dev/stdout and the like would be replaced by the file.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw new Error('not a regular file');
    writeFileSync(temporary, file, { flag: 'wx' });
    // Whatever the umask.
    chmodSync(temporary, 0o755);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new NuncError('syscall', `cannot write ${JSON.stringify(path)}: ${reasonOf(cause)}`, { cause });
  }
}
