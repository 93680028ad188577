// Reads durations as Go's time.ParseDuration does: "5s", "1m30s", "100ms", "-1.5h".

/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000,
};

/** Go counts nanoseconds in 63 bits. */
const LONGEST = 2 ** 63 / 1e6;

/** In milliseconds; undefined for what is no duration. Only 0 needs no unit. */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let milliseconds = 0;
  for (const [, number, unit = ''] of rest.matchAll(/([\d.]+)(\D+?)(?=[\d.]|$)/g)) {
    milliseconds += Number(number) * (UNITS[unit] ?? 0);
  }
  return milliseconds < LONGEST ? sign * milliseconds : undefined;
}
