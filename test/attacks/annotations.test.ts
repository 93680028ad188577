// Annotations of config.json that name files and sockets of the host: all that runc, crun or nunc know.

import { type Attack, attackTests } from '../support/attacks/attack.ts';
import { runShell, startShell } from '../support/attacks/containers.ts';
import { fakeCriu } from '../support/fake-criu.ts';

/** @param annotations with FILE for the canary */
function annotated(annotations: Readonly<Record<string, string>>): Attack {
  return async (target) => {
    const file = `${target.canaries}/file`;
    const made = `${target.canaries}/made`;
    await runShell(target, 'true', {
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
  },
});

/** CRIU obeys a file of the host that the config names, but for who has said that it is not to. */
const chooseConfig: Attack = async (target) => {
  const [criu, file] = [fakeCriu(), `${target.canaries}/file`];
  const { bundle } = await startShell(target, 'sleep 1000', {
    change: (spec) => { spec.annotations = { 'org.criu.config': file }; },
  });
  const places = ['--image-path', `${criu.directory}/images`, '--work-path', `${criu.directory}/work`];
  const args = ['--no-unsafe-annotations', 'checkpoint', ...places, bundle.id];
  const { status, stderr } = await target.run(args, { env: criu.env });
  if (status !== 0) return [`the attack fails: ${stderr}`];
  const obeyed = criu.requests().filter(({ opts }) => opts?.['config_file'] === file);
  return obeyed.map(({ type }) => `CRIU is to obey a file of the host for ${type}`);
};

attackTests(26, {
  needs: ['pycriu'],
  outcomes: {
    runc: { verdict: 'lacks', note: 'it obeys the annotation always' },
    crun: { verdict: 'lacks', note: 'it knows no such annotation' },
  },
  attacks: { "nunc's, where they are to be ignored": chooseConfig },
});
