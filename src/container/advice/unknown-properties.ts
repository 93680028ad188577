// Properties that the specification does not know: a runtime must ignore them, so a misspelt one does nothing.

import { type Shape,SHAPES } from '../../config/properties.ts';
import { type Report, show, token } from '../../config/report.ts';
import { nearestWords } from '../../config/spelling.ts';
import { MOST_FINDINGS } from '../../finding.ts';
import { advise, didYouMean } from './advised.ts';

/** @param document a config.json, whatever is wrong with it */
export function checkUnknown(document: unknown, report: Report): void {
  walk(document, { shape: 'Spec', pointer: '' }, report);
}

interface Place {
  readonly shape: Shape | string;
  readonly pointer: string;
}

function resolved(shape: Shape | string): Shape {
  return typeof shape === 'string' ? SHAPES[shape] ?? {} : shape;
}

function walk(value: unknown, { shape, pointer }: Place, report: Report): void {
  if (typeof value !== 'object' || value === null) return;
  const { properties, entries } = resolved(shape);
  for (const [key, inner] of Object.entries(value)) {
    // Nobody reads as many; and to find what each could have been meant for takes long.
    if (report.warnings.length >= MOST_FINDINGS) return;
    const below = `${pointer}/${token(key)}`;
    if (properties === undefined) {
      if (entries !== undefined) walk(inner, { shape: entries, pointer: below }, report);
    } else if (Array.isArray(value)) {
      // The schema has told of it.
      return;
    } else {
      const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (known === undefined) tell(key, { names: Object.keys(properties), pointer: below }, report);
      else walk(inner, { shape: known, pointer: below }, report);
    }
  }
}

function tell(key: string, { names, pointer }: { names: readonly string[]; pointer: string }, report: Report): void {
  const same = names.find((name) => name.toLowerCase() === key.toLowerCase());
  const near = same === undefined ? nearestWords(key, names) : [same];
  const elsewhere = near.length > 0 ? [] : placesOf(key);
  const hint = didYouMean(near) ?? (elsewhere.length > 0
    ? `there is one in ${elsewhere.join(' and in ')}`
    : 'the specification has a place for other data: /annotations');
  advise(report, pointer, [`unknown property ${show(key)}, ignored`, hint]);
}

/** Where else a property of this name is, as pointers with `*` for any entry; three at most. */
function placesOf(key: string): string[] {
  const places: string[] = [];
  const find = (shape: Shape | string, pointer: string): void => {
    const { properties = {}, entries } = resolved(shape);
    if (Object.hasOwn(properties, key)) places.push(pointer === '' ? 'the document itself' : pointer);
    for (const [name, inner] of Object.entries(properties)) find(inner, `${pointer}/${name}`);
    if (entries !== undefined) find(entries, `${pointer}/*`);
  };
  find('Spec', '');
  return places.slice(0, 3);
}
