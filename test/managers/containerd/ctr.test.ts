// containerd, as its own client ctr drives it.

import { runBattery } from '../battery.ts';
import { openCtr, tidy } from './ctr-client.ts';
import { execCases } from './ctr-exec.ts';
import { fileCases } from './ctr-files.ts';
import { lifecycleCases } from './ctr-lifecycle.ts';
import { processCases } from './ctr-process.ts';
import { resourceCases } from './ctr-resources.ts';
import { shimCases } from './ctr-shims.ts';
import { terminalCases } from './ctr-terminals.ts';

runBattery({
  manager: 'containerd-ctr',
  needs: ['root', 'busybox', 'runc', 'containerd'],
  open: openCtr,
  together: true,
  cases: tidy([
    ...lifecycleCases, ...execCases, ...terminalCases, ...processCases, ...fileCases, ...resourceCases, ...shimCases,
  ]),
});
