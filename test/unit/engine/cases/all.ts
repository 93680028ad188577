// Every case that runs on Node and on the executable's engine, in groups. A case returns plain data, the same on both.

import { directories } from './directories.ts';
import { files } from './files.ts';
import { json } from './json.ts';
import { language } from './language.ts';
import { paths } from './paths.ts';
import { processes } from './processes.ts';
import { text } from './text.ts';

type Cases = Readonly<Record<string, () => unknown>>;

export const comparisons: Readonly<Record<string, Cases>> = {
  files, directories, paths, text, json, language, processes,
};
