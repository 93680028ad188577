// The files that doctor looks at. Changes none.

import { accessSync, constants, readFileSync } from 'node:fs';
import type { Files } from './diagnosis.ts';

/** @param root in whose place of `/` they are; a tree of a test, usually none */
export function filesBelow(root = ''): Files {
  const may = (path: string, mode: number): boolean => {
    try {
      accessSync(root + path, mode);
      return true;
    } catch {
      return false;
    }
  };
  return {
    read(path) {
      try {
        return readFileSync(root + path, 'utf8');
      } catch {
        return undefined;
      }
    },
    exists: (path) => may(path, constants.F_OK),
    isWritable: (path) => may(path, constants.W_OK),
  };
}
