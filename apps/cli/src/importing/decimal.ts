/** A decimal number, exactly: coefficient / 10^scale, without trailing zeros; zero has no sign. */
export interface Decimal {
  coefficient: bigint;
  scale: number;
}

/** More digits than this in a price or a quantity are not a number of the trade, and need not be kept. */
const mostDigits = 60;

const numeral = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?\s*$/;

/** @returns the number that the text writes (`12`, `-0.001`, `1e3`), exactly, or why it is none. */
export function parseDecimal(text: string): Decimal | 'not-a-number' | 'too-long' {
  const match = numeral.exec(text);
  if (!match) return 'not-a-number';
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return 'not-a-number';
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return { coefficient: 0n, scale: 0 };
  const scale = fraction.length - (digits.length - kept.length) - Number(exponent);
  if (kept.length > mostDigits || scale > mostDigits || kept.length - scale > mostDigits) return 'too-long';
  const magnitude = BigInt(kept) * (scale < 0 ? 10n ** BigInt(-scale) : 1n);
  return { coefficient: sign === '-' ? -magnitude : magnitude, scale: Math.max(scale, 0) };
}

/** @returns the number as plain digits, without an exponent: `0.001`, `-12.5`. */
export function formatDecimal({ coefficient, scale }: Decimal): string {
  const sign = coefficient < 0n ? '-' : '';
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString().padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * quantity × price in pennies, rounded half-up and, below zero, half away from zero: 1 × 0.005 is 1, -1 × 0.005 is -1.
 * Exact at any size: a float would make 1.005 × 100 come to 100.
 */
export function penniesOf(quantity: bigint, price: Decimal): bigint {
  const exact = quantity * price.coefficient * 100n;
  const unit = 10n ** BigInt(price.scale);
  const magnitude = exact < 0n ? -exact : exact;
  const rounded = (2n * magnitude + unit) / (2n * unit);
  return exact < 0n ? -rounded : rounded;
}
