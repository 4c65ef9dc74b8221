import { isMinor, minorDigits } from '@orderlog/order-domain';
import { parseDecimal } from '../importing/decimal.js';
import type { RowRefusal } from './row-refusals.js';

/** How amounts are written. */
export interface Notation {
  /** As whole minor units; undefined: nobody has said, and decimals are read as such. */
  minorUnits: boolean | undefined;
  /** With a comma and no point; undefined: nobody has said. */
  decimalComma?: boolean | undefined;
}

/**
 * An amount in minor units, exactly: a decimal of the currency (`79.99`; with `decimalComma` `79,99`), or with `minorUnits` whole
 * ones (`7999`). Never rounded: a float that came out as 79.99000000000001 is refused rather than believed.
 */
export function minorOf(text: string, currency: string, { minorUnits, decimalComma }: Notation): number | RowRefusal {
  if (/e/i.test(text)) return 'amount-not-a-number'; // a spreadsheet that writes 1.23457E+06 has dropped digits
  if (decimalComma && text.includes('.')) return 'amount-not-a-number'; // 1.000 may well be a thousand
  const decimal = parseDecimal(decimalComma ? text.replace(',', '.') : text);
  if (decimal === 'not-a-number') return 'amount-not-a-number';
  if (decimal === 'too-long') return 'amount-too-large';
  const digits = minorUnits ? 0 : minorDigits(currency);
  if (decimal.scale > digits) return 'amount-not-exact';
  const minor = decimal.coefficient * 10n ** BigInt(digits - decimal.scale);
  if (minor < 0n) return 'amount-below-zero';
  return isMinor(Number(minor)) ? Number(minor) : 'amount-too-large';
}

/** An amount of a log: JSON writes its numbers with a point, whatever the table does. */
export const minorOfLogged = (text: string, currency: string, notation: Notation): number | RowRefusal =>
  minorOf(text, currency, text.includes(',') ? notation : { ...notation, decimalComma: false });

/**
 * Whether amounts could be meant either way, 8999.00 or 89.99: there are some, and none has a point, or comma. And whether one has
 * a comma, for where 79,99 is refused 1.000 is taken for 1.00. What is imported cannot be taken back, so this is asked and not
 * guessed.
 */
export class PointSeen {
  /** The first amount with a comma between digits, also where it is refused. */
  comma: string | undefined;
  private point = false;
  private whole: { amount: string; currency: string } | undefined;

  /** @param currency undefined: the row is refused */
  heed(amount: string, currency: string | undefined): void {
    if (/\d,\d/.test(amount)) this.comma ??= amount;
    if (currency === undefined) return;
    if (/[.,]/.test(amount)) this.point = true;
    else if (/[1-9]/.test(amount) && minorDigits(currency) > 0) this.whole ??= { amount, currency };
  }

  /** An amount that could be either; undefined where there is no doubt. */
  get doubtful(): { amount: string; currency: string } | undefined {
    return this.point ? undefined : this.whole;
  }
}
