import { outboxHeaders } from './outbox-headers.js';
import type { Append, ExpectedVersion, NewEvent, OutboxMessage } from './store.js';

/**
 * What is refused before it comes near Postgres: an error there would cost the whole batch, and some of it (half a surrogate
 * pair) would not even be one but another text.
 */
const longestKey = 512;
const expectedWords = new Set<unknown>(['none', 'exists', 'any'] satisfies ExpectedVersion[]);
const knownHeaders = new Set<string>(outboxHeaders);

/** @throws TypeError or RangeError, naming what is wrong. */
export function checkAppend(append: Append): void {
  checkKey('stream', append.stream);
  const { expectedVersion, events, command } = append;
  if (typeof expectedVersion === 'number') checkCount('expectedVersion', expectedVersion);
  else if (!expectedWords.has(expectedVersion)) throw new TypeError(`expectedVersion: ${String(expectedVersion)}`);
  if (!Array.isArray(events)) throw new TypeError('events are no array');
  if (events.length === 0 && !command) throw new TypeError('an append needs a fact, or a command to remember');
  for (const event of events) checkEvent(event);
  if (command) {
    checkKey('command scope', command.scope);
    checkKey('command key', command.key);
    checkInteger('command status', command.status);
    if (!Buffer.isBuffer(command.requestHash)) throw new TypeError('the command’s requestHash is no Buffer');
  }
}

/** What keeps an append from being one, before anybody looks at how things stand; undefined: nothing. */
export function malformed(append: Append): Error | undefined {
  try {
    checkAppend(append);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function checkEvent(event: NewEvent): void {
  checkKey('event type', event.type);
  checkInteger('schemaVersion', event.schemaVersion);
  checkInstant('occurredAt', event.occurredAt);
  checkObject('data', event.data);
  checkObject('metadata', event.metadata);
}

/** @throws TypeError or RangeError, naming what is wrong. */
export function checkMessages(messages: OutboxMessage[]): void {
  for (const message of messages) {
    checkText('topic', message.topic);
    checkText('message key', message.key);
    checkText('aggregateId', message.aggregateId);
    checkText('message type', message.type);
    checkInteger('partition', message.partition);
    checkInstant('message timestamp', message.timestamp);
    if (message.position !== null) checkCount('message position', message.position);
    if (message.payload !== null && !Buffer.isBuffer(message.payload)) throw new TypeError('the payload is no Buffer');
    for (const name of Object.keys(message.headers)) {
      if (!knownHeaders.has(name)) throw new TypeError(`orders.outbox has no column for the header ${name}`);
      checkText(name, message.headers[name]!);
    }
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** As Postgres gives it back: lower case. */
export function keptEventId(eventId: string): string {
  const kept = eventId.toLowerCase();
  if (!uuid.test(kept)) throw new TypeError(`${eventId} is no UUID`);
  return kept;
}

function checkKey(what: string, text: string): void {
  checkText(what, text);
  if (text.length === 0 || text.length > longestKey)
    throw new RangeError(`${what}: 1 to ${longestKey} characters, not ${text.length}`);
}

function checkText(what: string, text: string): void {
  if (typeof text !== 'string') throw new TypeError(`${what} is no text`);
  if (text.includes('\0') || !text.isWellFormed()) throw new TypeError(`${what} is no text that Postgres could keep`);
}

function checkObject(what: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${what} is no object`);
}

function checkInteger(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0x7fff_ffff) throw new RangeError(`${what}: ${value}`);
}

function checkCount(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what}: ${value}`);
}

/** What `formatInstant` can write and timestamptz can hold. */
export function checkInstant(what: string, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${what} is no whole number of microseconds: ${value}`);
}
