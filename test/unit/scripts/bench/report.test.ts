import { describe, expect, test } from 'vitest';
import { renderResults } from '../../../../scripts/bench/report.ts';
import { measurements, results, rowsOf, samples } from './results-example.ts';

describe('renderResults()', () => {
  test('shows times and ratios of the commands that were measured', () => {
    const text = renderResults(results());
    const [wall, cpu, ...others] = rowsOf(text, 'start');
    expect(wall).toEqual([
      'start', '**3.00** (3.00–3.00)', '**6.00** (6.00–6.00)', '**12.00** (12.00–12.00)',
      '**0.50** (0.50–0.50)', '**0.25** (0.25–0.25)',
    ]);
    expect(cpu?.slice(4)).toEqual(['**0.25** (0.25–0.25)', '**0.20** (0.20–0.20)']);
    expect(others).toEqual([]);
    expect(rowsOf(text, 'create')).toEqual([]);
    expect(rowsOf(text, '(an empty program)').map((cells) => cells[1])).toEqual([
      '**0.50** (0.50–0.50)', '**0.25** (0.25–0.25)',
    ]);
    expect(rowsOf(text, 'nunc')).toEqual([['nunc', '48', '47', '40000', '41000']]);
  });

  test('says what was measured on what', () => {
    expect(renderResults(results()).split('\n', 1)[0]).toBe(
      '2026-01-02; 2 × Test, 1024 MiB; Linux 6.1; cgroup v1; nunc version 1, crun version 2, runc version 3 '
      + '(commit 0123456789ab-dirty).',
    );
  });

  test('shows the compiled container beside the run of the others', () => {
    const run = { nunc: samples(8, 4), crun: samples(8, 4), runc: samples(16, 8) };
    const plain = measurements({ samples: { run }, compiled: samples(2, 1) });
    const [wall] = rowsOf(renderResults(results({ scenarios: { plain } })), 'run, compiled');
    expect(wall).toEqual([
      'run, compiled', '**2.00** (2.00–2.00)', '', '', '**0.25** (0.25–0.25)', '**0.13** (0.13–0.13)',
    ]);
    const without = results({ scenarios: { plain: measurements({ samples: { run } }) } });
    expect(rowsOf(renderResults(without), 'run, compiled')).toEqual([]);
  });

  test('has no ratios without nunc', () => {
    const versions = { crun: 'crun version 2', runc: 'runc version 3' };
    const [wall] = rowsOf(renderResults(results({ versions })), 'start');
    expect(wall).toEqual(['start', '**6.00** (6.00–6.00)', '**12.00** (12.00–12.00)']);
  });

  test('leaves CPU time out where it came in ticks', () => {
    const start = { nunc: samples(3, 0), crun: samples(6, 10), runc: samples(12, 20) };
    const scenarios = { plain: measurements({ samples: { start } }), docker: measurements({ samples: { start } }) };
    const text = renderResults(results({ scenarios }));
    expect(text).toContain('ticks of 10 ms');
    expect(rowsOf(text, 'start')).toHaveLength(2);
    expect(rowsOf(text, 'docker')[0]).toEqual(['docker', '0.50']);
    expect(renderResults(results())).not.toContain('ticks');
  });

  test('has a section for each scenario, with the number of its containers', () => {
    const scenarios = { plain: measurements(), many: measurements({ containers: 77 }) };
    const text = renderResults(results({ scenarios }));
    const sections = text.split('\n').filter((line) => line.startsWith('### '));
    expect(sections).toEqual(['### plain', '### many']);
    expect(text).toContain('77 created containers');
  });

  test('shows the ratios of all scenarios at a glance, and which are above the goal', () => {
    const slow = { start: { nunc: samples(6, 4), crun: samples(6, 4), runc: samples(8, 8) } };
    const list = { nunc: samples(8.03, 9), crun: samples(8, 4.5), runc: samples(99, 99) };
    const scenarios = {
      plain: measurements(),
      docker: measurements({ samples: slow }),
      many: measurements({ samples: { list } }),
    };
    const text = renderResults(results({ scenarios }));
    expect(rowsOf(text, 'plain')).toEqual([['plain', '', '0.50 / 0.25'], ['plain', '', '0.25 / 0.20']]);
    expect(rowsOf(text, 'docker')).toEqual([
      ['docker', '', '1.00 / 1.00'], ['docker', '', '**0.75** / 0.50'],
    ]);
    expect(rowsOf(text, 'many')).toEqual([['many', '1.00 / **2.00**', ''], ['many', '0.08 / 0.09', '']]);
  });
});
