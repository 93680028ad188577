// Rules for the top of config.json: ociVersion, root, hostname, domainname, hooks, annotations.

import { problem, type Report, show, token, warning } from '../report.ts';
import type { Hook, Spec } from '../types.ts';
import { namespaceSource } from './namespaces.ts';

/** The version of the runtime-spec that nunc implements. */
const MAJOR = 1;
const MINOR = 3;

const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/**
 * config.md, "Specification version": a config is compatible with every runtime of its major version and of its own or
 * a later minor one. A newer minor version only gets a warning, not an error: managers write the version of the Go
 * package that they were built with, whatever they use of it; a value that is new is refused by itself, so all that can
 * be lost is a property that is new, and those the specification tells runtimes to ignore.
 */
export function checkVersion({ ociVersion }: Spec, report: Report): void {
  const match = SEMVER.exec(ociVersion);
  if (match === null) {
    problem(report, '/ociVersion', `${show(ociVersion)} is not a semantic version such as 1.3.0`);
  } else if (Number(match[1]) !== MAJOR) {
    problem(report, '/ociVersion', `${show(ociVersion)} is not a version ${MAJOR}.x of the runtime-spec`);
  } else if (Number(match[2]) > MINOR) {
    const text = `${show(ociVersion)} is newer than ${MAJOR}.${MINOR}, what it added is ignored`;
    warning(report, '/ociVersion', text);
  }
}

export function checkRoot({ root }: Spec, report: Report): void {
  if (root === undefined) problem(report, '/root', 'missing, but required on Linux');
  else if (root.path === '') problem(report, '/root/path', '"" is not a path');
}

// __NEW_UTS_LEN of linux/utsname.h, of both names; longer ones are EINVAL.
const MAX_NAME_BYTES = 64;

export function checkHostNames(spec: Spec, report: Report): void {
  checkUtsName(spec, 'hostname', report);
  checkUtsName(spec, 'domainname', report);
}

function checkUtsName(spec: Spec, key: 'hostname' | 'domainname', report: Report): void {
  const name = spec[key];
  if (name === undefined || name === '') return;
  if (namespaceSource(spec, 'uts') === 'inherited') {
    const text = `${show(name)} would change the host's: allowed only with a uts namespace in /linux/namespaces`;
    problem(report, `/${key}`, text);
  }
  // A UTF-16 unit is at most three bytes.
  if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    problem(report, `/${key}`, `${show(name)} is longer than ${MAX_NAME_BYTES} bytes`);
  }
}

export function checkHooks({ hooks }: Spec, report: Report): void {
  if (hooks === undefined) return;
  checkHookList('prestart', hooks.prestart, report);
  checkHookList('createRuntime', hooks.createRuntime, report);
  checkHookList('createContainer', hooks.createContainer, report);
  checkHookList('startContainer', hooks.startContainer, report);
  checkHookList('poststart', hooks.poststart, report);
  checkHookList('poststop', hooks.poststop, report);
}

function checkHookList(name: string, hooks: readonly Hook[] | undefined, report: Report): void {
  if (hooks === undefined) return;
  for (let i = 0; i < hooks.length; i++) {
    const path = hooks[i]?.path ?? '';
    if (!path.startsWith('/')) problem(report, `/hooks/${name}/${i}/path`, `${show(path)} is not an absolute path`);
  }
}

export function checkAnnotations({ annotations }: Spec, report: Report): void {
  if (annotations !== undefined && Object.hasOwn(annotations, '')) {
    problem(report, `/annotations/${token('')}`, 'an empty key is not allowed');
  }
}
