import { z } from 'zod';

/**
 * A whole number in an address: decimal digits, and nothing else. `0x1`, `1e0`, ` 1`, `+1`, `1.0`, `01` and an empty text
 * are numbers to JavaScript too, and rarely what was meant.
 * @param what the number is, for whoever has to send another one: `a version`
 */
export function wholeNumber(what: string, least: number, most = Number.MAX_SAFE_INTEGER) {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  return z
    .string()
    .transform((digits, context): number => {
      const number = Number(digits);
      if (!/^(0|[1-9]\d*)$/.test(digits)) context.addIssue('is no whole number in decimal digits');
      else if (number < least) context.addIssue('is too small');
      else if (number > most) context.addIssue('is too large');
      return number;
    })
    .describe(`${what}: a whole number ${range}, in decimal digits`)
    .meta({ type: 'integer', minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }) });
}

/** How many entries a page may have at most. @param standard where nothing is said */
export const pageLimit = (most: number, standard: number) =>
  wholeNumber(`how many at most, ${standard} where nothing is said`, 1, most).default(standard);
