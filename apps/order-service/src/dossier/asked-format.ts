/** What a dossier may be answered as, and the media type of each; the first is for whoever has no wish. */
export const formats = {
  json: 'application/json',
  html: 'text/html',
  pdf: 'application/pdf',
} as const;

export type DossierFormat = keyof typeof formats;

/**
 * Which format an Accept header asks for (RFC 9110, 12.5.1): the highest q, of equals the one that is named first.
 * @returns undefined where it asks for none that there is
 */
export function formatFor(accept: string | undefined): DossierFormat | undefined {
  const wishes = (accept?.trim() || '*/*')
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { range, q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ q }) => q > 0 && q <= 1)
    .sort((one, other) => other.q - one.q);
  for (const { range } of wishes) {
    const [kind] = range.split('/');
    for (const [format, type] of Object.entries(formats) as [DossierFormat, string][]) {
      if (range === type || range === '*/*' || (range === `${kind}/*` && type.startsWith(`${kind}/`))) return format;
    }
  }
  return undefined;
}
