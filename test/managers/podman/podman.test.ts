import { runBattery } from '../battery.ts';
import { buildCases } from './cases-build.ts';
import { execCases } from './cases-exec.ts';
import { lifeCases } from './cases-life.ts';
import { networkCases } from './cases-network.ts';
import { resourceCases } from './cases-resources.ts';
import { rightsCases } from './cases-rights.ts';
import { runCases } from './cases-run.ts';
import { storageCases } from './cases-storage.ts';
import { openPodman } from './podman.ts';

runBattery({
  manager: 'podman',
  open: openPodman,
  together: true,
  needs: ['root', 'podman', 'runc', 'busybox', 'no-systemd'],
  cases: [
    ...runCases, ...execCases, ...lifeCases, ...rightsCases, ...resourceCases, ...storageCases, ...networkCases,
    ...buildCases,
  ],
});
