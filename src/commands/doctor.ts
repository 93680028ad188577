// nunc doctor: what works on this host, a line each. Exit status 1 when no container can be run.

import { diagnose } from '../container/doctor.ts';
import type { Diagnosis, Severity } from '../container/doctor/diagnosis.ts';
import { sentenceOf } from '../error.ts';
import { coloured, escapeControls } from '../log.ts';
import type { Invocation } from './command.ts';
import { readFormat } from './formats.ts';

const STDOUT = 1;
const COLOURS: Readonly<Record<Severity, number>> = { ok: 32, info: 36, warn: 33, fail: 31 };

export async function run({ options, globals, ffi, print }: Invocation): Promise<number> {
  const format = readFormat(options.string('format'));
  const { root, cgroupManager } = globals;
  const diagnoses = await diagnose(ffi(), { root, cgroupManager, environment: process.env });
  const usable = diagnoses.every(({ severity }) => severity !== 'fail');
  if (format === 'json') print(`${JSON.stringify({ usable, checks: diagnoses }, undefined, 2)}\n`);
  else print(`${diagnoses.map(lineFor).join('')}${summary(diagnoses, usable)}\n`);
  return usable ? 0 : 1;
}

function lineFor({ name, severity, text, remedy }: Diagnosis): string {
  const label = coloured(STDOUT, COLOURS[severity], severity.padEnd('fail'.length));
  return `${label}  ${name}: ${escapeControls(sentenceOf({ message: text, hint: remedy }))}\n`;
}

function summary(diagnoses: readonly Diagnosis[], usable: boolean): string {
  const count = (severity: Severity): number => diagnoses.filter((diagnosis) => diagnosis.severity === severity).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  const can = usable ? 'containers can be run here' : 'no container can be run here';
  return `${can}: ${failures} failed, ${warnings} with a warning, of ${diagnoses.length} checks`;
}
