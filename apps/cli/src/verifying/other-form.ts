/**
 * What of a JSON text is not as it was kept: hashed is a form in which a number has one spelling and a null is left out, so
 * that 1.0 for 1, or a key with null, would change the text and not the hash.
 * @returns what it is, in words; undefined: the text is as it was kept
 * @throws SyntaxError where it is no JSON
 */
export function otherForm(text: string): string | undefined {
  if (!suspicious.test(text)) return undefined;
  let found: string | undefined;
  const look = (key: string, value: unknown, { source }: { source?: string } = {}): unknown => {
    const place = key === '' ? 'all of it' : key;
    if (value === null) found ??= `${place} is null, which no fact keeps`;
    if (typeof value === 'number' && source !== undefined && source !== String(value) && source !== decimal(value)) {
      found ??= `${place} is ${shortened(source)}, which no fact keeps so`;
    }
    return value;
  };
  JSON.parse(text, look);
  return found;
}

/** Cheap, and true of more than need be: within a text nothing is meant by it. */
const suspicious = /null|\d\.\d|\d{16}|\d[eE]/;

/** A number as Postgres writes it, which knows no exponents. */
function decimal(value: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value));
  if (!match) return String(value);
  const [, sign, digit, fraction = '', exponent] = match;
  const digits = `${digit}${fraction}`;
  const point = 1 + Number(exponent);
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}` : `${sign}${digits.padEnd(point, '0')}`;
}

/** The beginning of what may be very long. */
export const shortened = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 40)}…`);
