// Annotations of config.json that name files and sockets of the host: all that runc, crun or nunc know. What they do
// when they may is test/integration/annotations.test.ts.

import { type Attack, attackTests } from '../support/attacks/attack.ts';
import { runShell } from '../support/attacks/containers.ts';

/** @param annotations with FILE for the canary */
function annotated(annotations: Readonly<Record<string, string>>, globals: readonly string[] = []): Attack {
  return async (target) => {
    const file = `${target.canaries}/file`;
    const made = `${target.canaries}/made`;
    await runShell(target, 'true', {
      globals: target.name === 'nunc' ? globals : [],
      change: (spec) => {
        spec.annotations = Object.fromEntries(
          Object.entries(annotations).map(([key, text]) => [key, text.replace('FILE', file).replace('MADE', made)]));
        const hook = { path: '/bin/sh', args: ['sh', '-c', 'echo forged; echo forged >&2'] };
        spec.hooks = { createRuntime: [hook], poststart: [hook], poststop: [hook] };
      },
    });
    // What has become of the canaries is looked at for every attack.
    return [];
  };
}

attackTests(26, {
  attacks: {
    "crun's files for what hooks write": annotated({ 'run.oci.hooks.stdout': 'FILE', 'run.oci.hooks.stderr': 'MADE' }),
    "all of crun's": annotated({
      'run.oci.hooks.stdout': 'FILE', 'run.oci.hooks.stderr': 'FILE', 'run.oci.log_file': 'MADE',
      'run.oci.seccomp_bpf_data': 'AAAA', 'run.oci.seccomp_bpf_file': 'FILE', 'run.oci.delegate-cgroup': '../x',
      'run.oci.systemd.force_cgroup_v1': 'FILE', 'run.oci.mount_context_type': 'context', 'run.oci.handler': 'krun',
      'run.oci.pidfd_receiver': 'FILE', 'run.oci.seccomp.receiver': 'FILE', 'run.oci.seccomp.plugins': 'FILE',
      'module.wasm.image/variant': 'compat', 'io.kubernetes.cri.container-type': 'container',
    }),
    "nunc's and runc's, ignored": annotated(
      { 'org.criu.config': 'FILE', 'org.systemd.property.Description': "'forged'" }, ['--no-unsafe-annotations']),
  },
});
