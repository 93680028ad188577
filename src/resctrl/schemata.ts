// The lines of resctrl's `schemata` files: `L3:0=7f0;1=1f`, resource, then a value for each domain. Knows no files.

/** Values by domain. */
type Domains = ReadonlyMap<number, bigint>;

/** Bandwidth is a decimal number, all else a mask in hexadecimal digits. */
function parseValue(resource: string, text: string): bigint | undefined {
  if (resource === 'MB') return /^\d+$/.test(text) ? BigInt(text) : undefined;
  return /^[0-9a-f]+$/i.test(text) ? BigInt(`0x${text}`) : undefined;
}

function parseLine(line: string): { resource: string; domains: Domains } | undefined {
  const colon = line.indexOf(':');
  if (colon < 0) return undefined;
  // The kernel aligns the names to the right.
  const resource = line.slice(0, colon).trim();
  const domains = new Map<number, bigint>();
  for (const entry of line.slice(colon + 1).trim().split(';')) {
    if (entry === '') continue;
    const [domain = '', text = ''] = entry.split('=').map((part) => part.trim());
    const value = parseValue(resource, text);
    if (!/^\d+$/.test(domain) || value === undefined) return undefined;
    domains.set(Number(domain), value);
  }
  return { resource, domains };
}

/** Whether a group has a value already. The kernel rounds bandwidth up to a multiple of its granularity. */
function holds(resource: string, wanted: bigint, actual: { value: bigint | undefined; granularity: bigint }): boolean {
  const { value, granularity } = actual;
  if (value === wanted) return true;
  return resource === 'MB' && value === (wanted + granularity - 1n) / granularity * granularity;
}

/**
 * The first of the wanted lines that a group's schemata differ from; undefined when there is none. Domains that a line
 * leaves out may have any value, and how a number is written does not matter.
 *
 * @param granularity of bandwidth, from info/MB/bandwidth_gran; 1 where unknown
 */
export function findDifference(wanted: readonly string[], schemata: string, granularity: number): string | undefined {
  const actual = new Map<string, Domains>();
  for (const line of schemata.split('\n')) {
    const parsed = parseLine(line);
    if (parsed !== undefined) actual.set(parsed.resource, parsed.domains);
  }
  for (const line of wanted.flatMap((text) => text.split('\n'))) {
    const parsed = parseLine(line);
    if (parsed === undefined) return line;
    const domains = actual.get(parsed.resource);
    for (const [domain, value] of parsed.domains) {
      const found = { value: domains?.get(domain), granularity: BigInt(granularity) };
      if (!holds(parsed.resource, value, found)) return line;
    }
  }
  return undefined;
}
