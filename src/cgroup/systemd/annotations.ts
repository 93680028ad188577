// Annotations org.systemd.property.<Name>: properties of the scope, written by whoever wrote config.json. Pure.

import { type Value, type Variant,variant } from '../../dbus/value.ts';
import { ConfigError, messageOf } from '../../error.ts';
import type { Finding } from '../../finding.ts';
import type { Property } from './properties.ts';
import { parseVariant } from './variant-text.ts';

const PREFIX = 'org.systemd.property.';
/** What the driver decides, and relies upon. */
const OWN: readonly string[] = ['PIDs', 'Slice'];

/**
 * The properties that annotations ask for. What systemd's unit files call …Sec its D-Bus interface calls …USec, in
 * microseconds: seconds are converted, as by runc.
 *
 * @throws ConfigError naming the annotation
 */
export function annotatedProperties(annotations: Readonly<Record<string, string>>): Property[] {
  const properties: Property[] = [];
  const problems: Finding[] = [];
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(PREFIX)) continue;
    try {
      properties.push(propertyOf(key.slice(PREFIX.length), text));
    } catch (error) {
      problems.push({ pointer: '/annotations', text: `annotation ${key}=${text}: ${messageOf(error)}` });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return properties;
}

function propertyOf(name: string, text: string): Property {
  if (!/^[A-Za-z]*$/.test(name)) throw new Error('name incorrect: contains non-alphabetic character');
  if (name.length < 3) throw new Error('name incorrect: too short');
  if (OWN.includes(name)) throw new Error(`name incorrect: ${name} is what the runtime decides`);
  let value: Variant;
  try {
    value = parseVariant(text);
  } catch (cause) {
    throw new Error(`value parse error: ${messageOf(cause)}`, { cause });
  }
  if (!/[a-z]Sec$/.test(name)) return [name, value];
  return [`${name.slice(0, -'Sec'.length)}USec`, variant('t', microseconds(value.value))];
}

function microseconds(seconds: Value): bigint {
  if (typeof seconds !== 'number' && typeof seconds !== 'bigint') throw new Error('value parse error: not a number');
  if (seconds < 0) throw new Error('value parse error: a negative time');
  const exact = typeof seconds === 'bigint' ? seconds * 1_000_000n : BigInt(Math.round(seconds * 1e6));
  if (exact >= 1n << 64n) throw new Error('value parse error: out of range');
  return exact;
}
