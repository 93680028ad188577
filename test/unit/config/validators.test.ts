import { describe, expect, test } from 'vitest';
import { describeSchemaErrors } from '../../../src/config/messages.ts';
import { validate as validateFeatures } from '../../../src/config/validate-features.js';
import { validate as validateState } from '../../../src/config/validate-state.js';
import { lineOf } from '../../../src/finding.ts';
import { allPointers } from './configs.ts';

describe('state.schema.json', () => {
  const state = { ociVersion: '1.3.0', id: 'one', status: 'running', pid: 4422, bundle: '/b', annotations: { a: '' } };

  test('takes the state of a container', () => {
    expect(validateState(state)).toBe(true);
    expect(validateState({ ociVersion: '1.3.0', id: 'one', status: 'stopped', bundle: '/b' })).toBe(true);
  });

  test.each([
    [
      { ...state, status: 'dead' },
      ['config.json: /status: "dead" is not one of creating, created, running, stopped, paused'],
    ],
    [{ ...state, pid: '1' }, ['config.json: /pid: "1" is not an integer']],
    [{ ...state, annotations: { a: 1 } }, ['config.json: /annotations/a: 1 is not a string']],
    [{}, ['ociVersion', 'id', 'status', 'bundle'].map((name) => `config.json: /${name}: missing, but required`)],
  ])('refuses %j', (value, problems) => {
    expect(validateState(value)).toBe(false);
    const findings = describeSchemaErrors(validateState.errors ?? [], value);
    expect(findings.map((finding) => lineOf(finding))).toEqual(problems);
  });
});

describe('features.schema.json', () => {
  const features = {
    ociVersionMin: '1.0.0',
    ociVersionMax: '1.3.0',
    hooks: ['prestart'],
    mountOptions: ['ro'],
    linux: {
      namespaces: ['pid'],
      capabilities: ['CAP_KILL'],
      cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: true },
      seccomp: { enabled: true, actions: [], operators: [], archs: [], knownFlags: [], supportedFlags: [] },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: true, schemata: true, monitoring: false },
      memoryPolicy: { modes: [], flags: [] },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: { 'org.example.version': '1' },
    potentiallyUnsafeConfigAnnotations: ['org.example.'],
  };

  test('takes a document with every property', () => {
    expect(validateFeatures(features)).toBe(true);
  });

  test('refuses each property of another type', () => {
    for (const pointer of allPointers(features, '')) {
      const wrong = JSON.parse(JSON.stringify(features)) as Record<string, unknown>;
      let container = wrong;
      const keys = pointer.split('/').slice(1);
      for (const key of keys.slice(0, -1)) container = container[key] as Record<string, unknown>;
      container[keys.at(-1) ?? ''] = 7;
      expect([pointer, validateFeatures(wrong)]).toEqual([pointer, false]);
      expect([pointer, validateFeatures.errors?.[0]?.instancePath]).toEqual([pointer, pointer]);
    }
  });
});
