import { canonicalJson, type Json } from '@orderlog/event-store';
import { formatInstant } from '@orderlog/instant';
import type { OrderAttemptMessage } from '@orderlog/order-contract';
import { otherForm } from './other-form.js';

/** What is compared of a refused command, wherever it is kept. */
export const columnsOfAttempts = [
  'orderId',
  'commandId',
  'command',
  'refusal',
  'attemptedAt',
  'orderVersion',
  'actor',
  'reason',
  'correlationId',
  'currency',
  'amount',
  'allowed',
  'existingTotal',
  'sameContent',
  'details',
] as const satisfies (keyof OrderAttemptMessage)[];

/** A refused command as one holder has it, in the order of `columnsOfAttempts`; times in microseconds. */
export interface AttemptSays {
  attemptId: string;
  says: (string | null)[];
}

export const saysOf = (message: OrderAttemptMessage): AttemptSays => ({
  attemptId: message.attemptId,
  says: columnsOfAttempts.map((name) => {
    const value = message[name];
    return name === 'details' ? sameDetails(value as string | null) : value === null ? null : String(value);
  }),
});

/** Details in one form, as they were hashed nowhere but written canonically; any other text as it stands. */
export function sameDetails(text: string | null): string | null {
  if (text === null) return null;
  try {
    return otherForm(text) === undefined ? canonicalJson(JSON.parse(text) as Json) : text;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return text;
    throw error;
  }
}

const at = (name: (typeof columnsOfAttempts)[number]): number => columnsOfAttempts.indexOf(name);

export const orderOf = ({ says }: AttemptSays): string | null => says[at('orderId')]!;

/** Which attempt it is, in words. */
export const attemptNamed = ({ attemptId, says }: AttemptSays): string =>
  `the ${says[at('command')]} that was refused as ${says[at('refusal')]} (attempt ${attemptId})`;

/** What two holders say differently of an attempt, in words; undefined: nothing. */
export function saidDifferently(
  one: AttemptSays,
  other: AttemptSays,
  names: { one: string; other: string },
): string | undefined {
  const index = one.says.findIndex((value, place) => value !== other.says[place]);
  const column = columnsOfAttempts[index];
  if (column === undefined) return undefined;
  const [here, there] = [one, other].map(({ says }) => inWords(column, says[index]!));
  return `of ${attemptNamed(one)} ${names.one} has ${column} ${here}, and ${names.other} ${there}`;
}

function inWords(column: (typeof columnsOfAttempts)[number], value: string | null): string {
  if (value === null) return 'nothing';
  return column === 'attemptedAt' && Number.isSafeInteger(Number(value)) ? formatInstant(Number(value)) : value;
}
