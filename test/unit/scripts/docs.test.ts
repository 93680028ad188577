import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { renderManPages } from '../../../scripts/docs/man.ts';
import { renderMarkdown } from '../../../scripts/docs/markdown.ts';
import { groups, manuals } from '../../../src/commands/manual.ts';
import { commands, globalOptions } from '../../../src/commands/table.ts';
import { requires } from '../../support/requires.ts';

const mandocTest = requires('mandoc');
const groffTest = requires('groff');
const pages = renderManPages('1.2.3');

/** The files of all pages. */
function writePages(): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'nunc-man-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return [...pages].map(([name, text]) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  });
}

describe('manual.ts', () => {
  test.each(commands)('has something to say of $name', ({ name }) => {
    expect(groups).toContain(manuals[name]?.group);
    expect(manuals[name]?.about.join('')).not.toBe('');
    expect(manuals[name]?.examples.length).toBeGreaterThan(0);
    for (const [line] of manuals[name]?.examples ?? []) expect(line).toContain(`nunc ${name === 'list' ? '' : name}`);
  });
});

describe('renderMarkdown()', () => {
  test('names every command and every option that is shown', () => {
    const text = renderMarkdown();
    const sections = new Map(text.split('\n## ').map((section) => [section.split('\n', 1)[0] ?? '', section]));
    const all = [...commands, { name: 'Global options', options: globalOptions }];
    for (const { name, options } of all) {
      for (const option of options) {
        const isThere = sections.get(name)?.includes(`\`--${option.name}`) ?? false;
        expect([name, option.name, isThere]).toEqual([name, option.name, option.hidden !== true]);
      }
    }
  });
});

describe('renderManPages()', () => {
  test('has a page for each command, and one for all', () => {
    expect([...pages.keys()].sort()).toEqual(['nunc.8', ...commands.map(({ name }) => `nunc-${name}.8`)].sort());
    for (const { name } of commands) expect(pages.get('nunc.8')).toContain(`\\fBnunc\\-${name}\\fR(8)`);
  });

  mandocTest('writes what mandoc has no complaint about', () => {
    const { stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', ...writePages()], { encoding: 'utf8' });
    // Without a date a page is the same whenever it is built.
    const complaints = stdout.split('\n').filter((line) => !/^$|missing date|longer than 80 bytes/.test(line));
    expect([complaints, stderr]).toEqual([[], '']);
  });

  groffTest('writes what groff has no complaint about', () => {
    for (const path of writePages()) {
      const { stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', path], { encoding: 'utf8' });
      expect(stderr).toBe('');
    }
  });

  groffTest('shows texts as they are', () => {
    const [path = ''] = writePages().filter((each) => each.endsWith('nunc-kill.8'));
    const shown = execFileSync('groff', ['-man', '-Tascii', '-P-c', path], { encoding: 'utf8' }).replace(/.\u0008/g, '');
    expect(shown).toContain("nunc kill --regex '^job-' TERM");
    expect(shown).toMatch(/-a, --all\s+send it to all processes of the container/);
  });
});
