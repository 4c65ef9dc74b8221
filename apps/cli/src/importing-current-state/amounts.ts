import { isMinor, minorDigits } from '@orderlog/order-domain';
import { parseDecimal } from '../importing/decimal.js';
import type { RowRefusal } from './row-refusals.js';

/**
 * An amount in minor units, exactly: a decimal of the currency (`79.99`), or with `minorUnits` whole ones (`7999`). Never
 * rounded: a float that came out as 79.99000000000001 is refused rather than believed.
 */
export function minorOf(text: string, currency: string, minorUnits: boolean): number | RowRefusal {
  const decimal = parseDecimal(text);
  if (decimal === 'not-a-number') return 'amount-not-a-number';
  if (decimal === 'too-long') return 'amount-too-large';
  const digits = minorUnits ? 0 : minorDigits(currency);
  if (decimal.scale > digits) return 'amount-not-exact';
  const minor = decimal.coefficient * 10n ** BigInt(digits - decimal.scale);
  if (minor < 0n) return 'amount-below-zero';
  return isMinor(Number(minor)) ? Number(minor) : 'amount-too-large';
}
