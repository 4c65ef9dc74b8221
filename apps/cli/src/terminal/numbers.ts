const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** `525,461` */
export const count = (number: number): string => grouped.format(number);

/** `1 order`, `2 orders` */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

/** Pennies as `£1,234.56`, exact at any size. */
export function pounds(pennies: bigint): string {
  const digits = (pennies < 0n ? -pennies : pennies).toString().padStart(3, '0');
  return `${pennies < 0n ? '-' : ''}£${BigInt(digits.slice(0, -2)).toLocaleString('en-GB')}.${digits.slice(-2)}`;
}

/** `0.8 s`, `12 s`, `3 min 20 s`, `1 h 05 min` */
export function duration(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
