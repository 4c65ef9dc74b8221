import { InvalidArgumentError } from 'commander';

/** An option that is a whole number, 1 or more. */
export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,12}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('must be a whole number, 1 or more.');
  return Number(text);
}

/** An option in seconds. @returns milliseconds */
export const seconds = (text: string): number => wholeNumber(text) * 1000;
