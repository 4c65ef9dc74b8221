import { invalidInputs } from '@orderlog/service-kit';

/** Where a page of orders goes on, and the question that it belongs to. */
export interface Cursor {
  beforePosition: number;
  customerId: string | null;
}

export const writeCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify([1, cursor.beforePosition, cursor.customerId]), 'utf8').toString('base64url');

/** @throws Problem 400 where it is none of ours, or belongs to another question */
export function readCursor(text: string, customerId: string | null): Cursor {
  const read = parsed(Buffer.from(text, 'base64url').toString('utf8'));
  const [form, beforePosition, customer] = Array.isArray(read) ? (read as unknown[]) : [];
  if (form !== 1 || typeof beforePosition !== 'number' || !Number.isSafeInteger(beforePosition)) {
    throw wrong('is none that this service gave', 'send the nextCursor of the page before, as it is');
  }
  if (customer !== customerId) {
    throw wrong('belongs to another question', 'send it with the customerId that the first page was asked with');
  }
  return { beforePosition, customerId };
}

const wrong = (problem: string, remedy: string) => invalidInputs([{ field: 'cursor', in: 'query', problem, remedy }]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
