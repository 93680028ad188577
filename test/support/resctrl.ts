// A directory that stands for a mounted resctrl file system, which needs a CPU with cache allocation: files appear with
// a group and go with it, as the kernel has it. What is written to a file is added to it, and judged by nobody.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Resctrl, resctrlAt } from '../../src/resctrl/group.ts';

export const DEFAULT_SCHEMATA = '    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n';

function populate(directory: string, schemata: boolean): void {
  writeFileSync(join(directory, 'tasks'), '');
  if (!schemata) return;
  writeFileSync(join(directory, 'schemata'), DEFAULT_SCHEMATA);
  mkdirSync(join(directory, 'mon_groups'));
}

export interface FakeResctrl extends Resctrl {
  /** Makes a group that the runtime finds. */
  readonly makeGroup: (name: string, schemata?: string) => void;
  /** What a file holds; undefined when it is not there. */
  readonly read: (path: string) => string | undefined;
}

/** Makes one for the running test. */
export function makeResctrl(): FakeResctrl {
  const root = mkdtempSync(join(tmpdir(), 'nunc-resctrl-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'info/MB'), { recursive: true });
  writeFileSync(join(root, 'info/MB/bandwidth_gran'), '10\n');
  writeFileSync(join(root, 'info/last_cmd_status'), 'ok\n');
  populate(root, true);
  const { makeDirectory } = resctrlAt(root);
  const files: Resctrl = {
    root,
    makeDirectory: (path) => {
      makeDirectory(path);
      populate(path, basename(dirname(path)) !== 'mon_groups');
    },
    removeDirectory: (path) => rmSync(path, { recursive: true }),
  };
  return {
    ...files,
    makeGroup: (name, schemata) => {
      files.makeDirectory(join(root, name));
      if (schemata !== undefined) writeFileSync(join(root, name, 'schemata'), schemata);
    },
    read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
  };
}
