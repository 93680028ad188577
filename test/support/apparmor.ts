// AppArmor profiles for tests, which can load them where AppArmor is on.

import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

let loaded = 0;

/** Loads a profile for the running test that allows everything but what the rules deny. @returns its name */
export function loadProfile(rules = ''): string {
  loaded += 1;
  const name = `nunc-test-${process.pid}-${loaded}`;
  const text = `profile ${name} flags=(attach_disconnected) { file, capability, network, mount, umount, signal, ptrace,
    unix, pivot_root, ${rules} }\n`;
  const load = (option: string): void => {
    execFileSync('apparmor_parser', ['--skip-cache', option], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
  };
  load('--replace');
  onTestFinished(() => load('--remove'));
  return name;
}
