// A page of docs/ as what it tells its reader to type and to write. Knows nothing of who follows it.

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The blocks of a page that say what they are. */
export function blocksOf(page: string): Block[] {
  const matches = page.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...matches].map(([, language = '', text = '']) => ({ language, text }));
}
