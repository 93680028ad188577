// unified → files of the v2 cgroup, as they are called and as they are to read. Pure.

import { token } from '../../config/report.ts';
import type { LinuxResources } from '../../config/types.ts';
import { type Draft, refuse, wish } from '../draft.ts';
import type { PlacedCgroup } from '../driver.ts';

/** @param cgroup the one in the v2 tree, if there is one */
export function planUnified({ unified = {} }: LinuxResources, draft: Draft, cgroup: PlacedCgroup | undefined): void {
  for (const [file, text] of Object.entries(unified)) {
    const property = `unified/${token(file)}`;
    const controller = file.slice(0, file.indexOf('.'));
    if (cgroup === undefined) {
      refuse(draft, property, 'the container has no cgroup in a v2 tree');
    } else if (controller !== 'cgroup' && !cgroup.controllers.includes(controller)) {
      refuse(draft, property, `the cgroup v2 tree of this host does not have the controller ${controller}`);
    } else {
      // The files that take several lines take one a write, as in the example of config-linux.md.
      for (const line of linesOf(text)) wish(draft, property, { file, value: line });
    }
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  // A write of nothing does not reach the kernel.
  return lines.length === 0 ? ['\n'] : lines;
}
