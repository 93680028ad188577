// containerd as Kubernetes drives it: the container runtime interface, on the handlers `runc` and `nunc`.

import { runBattery } from '../battery.ts';
import { openCri, tidy } from './cri-client.ts';
import { containerCases } from './cri-containers.ts';
import { podCases } from './cri-pods.ts';
import { securityCases } from './cri-security.ts';
import { streamCases } from './cri-streams.ts';

runBattery({
  manager: 'containerd-cri',
  needs: ['root', 'busybox', 'runc', 'containerd', 'cni'],
  open: openCri,
  together: true,
  cases: tidy([...podCases, ...containerCases, ...streamCases, ...securityCases]),
});
