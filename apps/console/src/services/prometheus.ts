/** One figure of a `/metrics` page. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Reads Prometheus's text format as far as sums need it. Lines that are no finite samples are passed over. */
export const readSamples = (text: string): Sample[] =>
  text.split('\n').flatMap((line) => {
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match || !Number.isFinite(Number(match[3]))) return [];
    const [, name, written = '', value] = match as unknown as [string, string, string | undefined, string];
    const labels: Record<string, string> = {};
    for (const [, key, text] of written.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
      labels[key as string] = text as string;
    }
    return [{ name, labels, value: Number(value) }];
  });

/** @returns the sum over all labels (or over those that `where` wants); undefined where there is no such figure. */
export function sumOf(
  samples: readonly Sample[] | undefined,
  name: string,
  where: (labels: Sample['labels']) => boolean = () => true,
): number | undefined {
  const its = samples?.filter((sample) => sample.name === name && where(sample.labels)) ?? [];
  return its.length === 0 ? undefined : its.reduce((sum, { value }) => sum + value, 0);
}
