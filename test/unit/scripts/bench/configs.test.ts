import { describe, expect, test } from 'vitest';
import { completeConfig } from '../../../../scripts/bench/bundles.ts';
import { mountTargets, scenarioConfig, smallConfig } from '../../../../scripts/bench/configs.ts';
import { SCENARIOS } from '../../../../scripts/bench/results.ts';
import { parseConfig } from '../../../../src/config/load.ts';
import type { Spec } from '../../../../src/config/types.ts';

const place = { directory: '/tmp/bench', cgroups: 'v1' } as const;

function complete(config: Spec): Spec {
  return completeConfig({ config, args: ['/bin/true'], cgroup: '/bench/one' });
}

describe('scenarioConfig()', () => {
  test.each(SCENARIOS)('gives what nunc takes without a word, for %s', (scenario) => {
    const config = complete(scenarioConfig(scenario, place));
    const { spec, warnings } = parseConfig(JSON.stringify(config));
    expect(warnings).toEqual([]);
    expect(spec.linux?.cgroupsPath).toBe('/bench/one');
    expect(spec.process?.terminal).toBe(scenario === 'terminal');
  });

  test('has 100 mounts more in mounts, bind mounts and tmpfs in turn', () => {
    const plain = scenarioConfig('plain', place).mounts ?? [];
    const more = (scenarioConfig('mounts', place).mounts ?? []).slice(plain.length);
    expect(more.map(({ destination }) => destination)).toEqual(mountTargets());
    expect(more.filter(({ type }) => type === 'bind')).toHaveLength(50);
    expect(more.filter(({ type }) => type === 'tmpfs')).toHaveLength(50);
  });

  test('has a cgroup namespace where there is cgroup v2, as managers do', () => {
    for (const scenario of ['plain', 'docker'] as const) {
      const types = (cgroups: 'v1' | 'v2'): (string | undefined)[] =>
        (scenarioConfig(scenario, { ...place, cgroups }).linux?.namespaces ?? []).map(({ type }) => type);
      expect(types('v1')).not.toContain('cgroup');
      expect(types('v2')).toContain('cgroup');
    }
  });
});

describe('smallConfig()', () => {
  test('is taken without a word', () => {
    expect(parseConfig(JSON.stringify(complete(smallConfig(place)))).warnings).toEqual([]);
  });
});
