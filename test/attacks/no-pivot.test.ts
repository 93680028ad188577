// --no-pivot: the host's mounts are still there, beneath the container's root. The kernel lets root of a user namespace
// mount a procfs without masks where it sees another without masks, visible or covered (mount_too_revealing()).

import { attackTests, type Target } from '../support/attacks/attack.ts';
import { runShell } from '../support/attacks/containers.ts';

const CAPABILITIES = ['CAP_SYS_ADMIN', 'CAP_SYS_CHROOT', 'CAP_DAC_OVERRIDE', 'CAP_MKNOD', 'CAP_SYS_PTRACE'];

/** @returns the lines of the script's that tell what it has got */
async function gainedBy(target: Target, script: string, capabilities: readonly string[] = []): Promise<string[]> {
  const { stdout, stderr } = await runShell(target, `echo begun; ${script.replaceAll('CANARIES', target.canaries)}`, {
    options: ['--no-pivot'],
    change: ({ process, linux }) => {
      const all = [...capabilities];
      // Who has a user namespace to himself there; root without CAP_SETFCAP could not map his own id.
      if (capabilities.length === 0) process.user = { uid: 1000, gid: 1000 };
      process.capabilities = { bounding: all, effective: all, permitted: all };
      linux.maskedPaths = ['/proc/version', '/sys/kernel'];
      linux.readonlyPaths = ['/proc/sys'];
    },
  });
  if (!stdout.startsWith('begun')) return [`it does not run: ${stderr}`];
  return stdout.split('\n').filter((line) => line.startsWith('gained'));
}

attackTests(22, {
  attacks: {
    'mount a procfs without masks in a user namespace': (target) => gainedBy(target, `
      unshare -r -m -p -f \\
        sh -c 'mount -t proc proc /tmp && grep -q Linux /tmp/version && echo "gained: a masked file"'
      true`),
    'mount a sysfs without masks in user and network namespaces': (target) => gainedBy(target, `
      unshare -r -m -n \\
        sh -c 'mount -r -t sysfs sysfs /tmp && test -e /tmp/kernel/mm && echo "gained: a masked directory"'
      true`),
    'unmount /proc and the root': (target) => gainedBy(target, `
      cd /; for i in 1 2 3; do umount -l /proc 2>/dev/null; done
      test -e /proc/1/comm && test "$(cat /proc/1/comm)" != sh && echo "gained: the host's /proc"
      umount -l / 2>/dev/null; cd ..; test -e ./CANARIES/file && echo "gained: the host's files"
      test -e /CANARIES/file && echo "gained: the host's files"; true`, CAPABILITIES),
    'mount a procfs of its own, and look for one of the host': (target) => gainedBy(target, `
      mkdir -p /tmp/p; mount -t proc proc /tmp/p 2>/dev/null
      for p in /tmp/p/[0-9]*; do test -e "$p/root/CANARIES/file" && echo "gained: $p/root is the host's"; done
      true`, CAPABILITIES),
  },
});
