import type { Minor } from './order-event.js';

/** ISO 4217: the currencies in use, by how many digits their minor unit has. Funds, metals and test codes are left out. */
const currenciesByDigits: Record<number, string> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP ' +
    'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
    'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK ' +
    'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB ' +
    'TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const digitsOf = new Map(
  Object.entries(currenciesByDigits).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

export const isCurrency = (code: string): boolean => digitsOf.has(code);

/** @returns how many digits the minor unit has: 2 for GBP, 0 for JPY, 3 for KWD; 2 for a code that we do not know. */
export const minorDigits = (currency: string): number => digitsOf.get(currency) ?? 2;

/** @returns an amount, or an exact sum of several, as a person writes it, without the currency: 7999 GBP is `79.99`. */
export function formatAmount(amount: Minor | bigint, currency: string): string {
  const digits = minorDigits(currency);
  const text = String(amount)
    .replace('-', '')
    .padStart(digits + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** @returns an amount with its currency: `79.99 GBP`. */
export const formatMoney = (amount: Minor, currency: string): string => `${formatAmount(amount, currency)} ${currency}`;
