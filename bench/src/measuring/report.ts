import { parseArgs } from 'node:util';

/** One line of a benchmark's table; with --json also one line of JSON. */
export interface Entry {
  bench: string;
  case: string;
  unit: string;
  value: number;
  /** What was measured beside it, in the same run; with `ratio`, value to its value. */
  baseline?: string;
  ratio?: number;
  /** Further figures for the table's reader, e.g. `p99 9.1 ms`. */
  note?: string;
}

/** The arguments that every benchmark takes, and those of this one with their defaults. */
export function readArguments<Defaults extends Record<string, number>>(
  defaults: Defaults,
): Defaults & { json: boolean } {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
    },
  });
  const given = values as Record<string, string | boolean | undefined>;
  const numbers = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, given[name] === undefined ? value : Number(given[name])]),
  );
  return { ...(numbers as Defaults), json: values.json === true };
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

export function report(entries: readonly Entry[], json: boolean): void {
  const rows = entries.map(({ case: what, value, unit, baseline, ratio, note }) => [
    what,
    value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3),
    unit,
    ratio === undefined ? '' : `${ratio.toFixed(2)} × ${baseline}`,
    note ?? '',
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [what, value, unit, ratio, note] of rows as [string, string, string, string, string][])
    print(
      `${what.padEnd(widths[0]!)}  ${value.padStart(widths[1]!)} ${unit.padEnd(widths[2]!)}  ${ratio.padEnd(widths[3]!)}  ${note}`.trimEnd(),
    );
  if (json) for (const { note: _, ...entry } of entries) print(JSON.stringify(entry));
}
