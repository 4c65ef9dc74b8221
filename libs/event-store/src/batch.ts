import type { Instant } from '@orderlog/instant';
import { newId } from './new-id.js';
import { BatchRows } from './batch-rows.js';
import { canonicalDocument, chainHash, noHash } from './canonical-bytes.js';
import { canonicalJson } from './canonical-json.js';
import { checkAppend, checkInstant, checkMessages, keptEventId } from './checks.js';
import type {
  Append,
  AppendResult,
  ExpectedVersion,
  JsonObject,
  KnownCommand,
  OutboxMessage,
  StoredEvent,
} from './store.js';

/** The last fact of a stream; version 0: there is none. */
export interface StreamHead {
  version: number;
  hash: Buffer;
}

/** The last fact of the store; position 0: there is none. */
export interface StoreHead {
  position: number;
  recordedAt: Instant | null;
}

/** How things stand, as far as a batch needs to know. */
export interface Standing {
  head: StoreHead;
  streams: { get(stream: string): StreamHead | undefined };
  commands: Map<string, KnownCommand>;
  /** Who wants to be asked again, and what came behind the version that it expects. */
  newer?: ReadonlyMap<Append, StoredEvent[]> | undefined;
}

/** What a row takes beside its texts: ids, hashes, numbers, times. */
const bytesOfRow = 200;
/** An append beyond this is refused: Postgres would cut the connection at a gigabyte, and with it every other append. */
const mostAppendBytes = 16 * 1024 * 1024;
/** Only appendMany can come here: everything else is shared out long before. */
const mostBatchBytes = 256 * 1024 * 1024;

export const emptyStream: StreamHead = { version: 0, hash: noHash };

export const commandId = (command: { scope: string; key: string }): string => `${command.scope}\0${command.key}`;

/**
 * Appends, numbered, timed, chained and encoded on what they stand on, one after the other: the second sees what the first
 * would leave. What cannot be (a lost race, a known command, messages that throw) is answered and the others go on.
 * The answers hold if and when the rows are kept; begin_batch makes sure that the batch still stands where it was made to.
 */
export class Batch {
  readonly id = newId();
  /** What it answers, to each group of appends that was put in. */
  readonly resultsOf = new Map<object, AppendResult[]>();
  readonly rows = BatchRows.take();
  /** About what goes over the wire. */
  bytes = 0;
  /** The head before and after. */
  readonly before: StoreHead;
  after: StoreHead;
  /** None of its facts was recorded before: once this is settled as over, it can no longer be kept. */
  readonly recordedFrom: Instant;
  /** The streams that it stands on, as they were before … */
  readonly streamsBefore = new Map<string, StreamHead>();
  /** … and as they are after. */
  streamsAfter = new Map<string, StreamHead>();
  /** By this, or by its first command, the batch is looked for, should the answer be lost. */
  firstEvent: StoredEvent | undefined;
  /** Commands whose answer it keeps. */
  commands: { scope: string; key: string }[] = [];
  /** Commands that would only conflict. Should they be known, that is the answer: a retry does not expect today's version. */
  readonly otherCommands: { scope: string; key: string }[] = [];
  private commandsAfter = new Map<string, KnownCommand>();
  /** Its facts by stream, where there is somebody to ask again. */
  private recordedOf = new Map<string, StoredEvent[]>();

  constructor(
    private readonly standing: Standing,
    private readonly clock: () => Instant,
  ) {
    this.before = standing.head;
    this.after = standing.head;
    this.recordedFrom = this.nextTime();
  }

  /** Nothing to write: every append was answered by how things stand. */
  get isEmpty(): boolean {
    return this.firstEvent === undefined && this.commands.length === 0;
  }

  /** Nor anything that it stands on: the answers are true whatever has happened. */
  get standsAlone(): boolean {
    return this.isEmpty && this.streamsBefore.size === 0;
  }

  /** @param group its appends well-formed, but for those that it says are `malformed` */
  add(group: { appends: readonly Append[]; malformed?: ReadonlyMap<Append, Error>; together?: boolean }): void {
    const undo = group.together ? this.undoing() : undefined;
    const results = group.appends.map((append): AppendResult => {
      const malformed = group.malformed?.get(append);
      if (malformed) return { outcome: 'refused', error: malformed };
      try {
        return this.answer(append);
      } catch (error) {
        return { outcome: 'refused', error: error instanceof Error ? error : new Error(String(error)) };
      }
    });
    this.resultsOf.set(group, results);
    if (!undo || results.every(({ outcome }) => outcome === 'appended')) return;
    undo();
    for (const append of group.appends) {
      if (group.malformed?.has(append)) continue;
      const { command } = append;
      if (command && !this.knownCommand(command)) this.otherCommands.push(command);
    }
  }

  /** @returns what takes back all that was put in since */
  private undoing(): () => void {
    const { after, bytes, firstEvent } = this;
    const [streamsAfter, commands, commandsAfter, recordedOf] = [
      new Map(this.streamsAfter),
      [...this.commands],
      new Map(this.commandsAfter),
      new Map(this.recordedOf),
    ];
    const rows = this.rows.mark();
    return () => {
      Object.assign(this, { after, bytes, firstEvent, streamsAfter, commands, commandsAfter, recordedOf });
      this.rows.backTo(rows);
    };
  }

  private answer(append: Append): AppendResult {
    const { stream, expectedVersion, command } = append;
    const known = command && this.knownCommand(command);
    if (known) {
      const { requestHash, ...outcome } = known;
      return { outcome: 'known-command', ...outcome, sameRequest: requestHash.equals(command.requestHash) };
    }
    const head = this.headOf(stream);
    if (!isAsExpected(expectedVersion, head.version)) {
      const instead = this.decidedAgain(append, head);
      if (instead) return this.answer(instead);
      if (command) this.otherCommands.push(command);
      return { outcome: 'conflict', stream, expectedVersion, actualVersion: head.version };
    }

    const jsons: { data: string; metadata: string }[] = [];
    const events = this.recorded(append, head, jsons);
    const messages = append.messages?.(events) ?? [];
    checkMessages(messages);
    const bytes = sizeOf(append, jsons, messages);
    if (bytes > mostAppendBytes) throw new RangeError(`an append of ${bytes} bytes: ${mostAppendBytes} at most`);
    if (this.bytes + bytes > mostBatchBytes) throw new RangeError(`${mostBatchBytes} bytes in one call at most`);

    // From here on nothing can be refused.
    this.bytes += bytes;
    const last = events.at(-1);
    const version = last?.version ?? head.version;
    for (let index = 0; index < events.length; index++) this.rows.putEvent(events[index]!, jsons[index]!);
    for (const message of messages) this.rows.putMessage(message);
    if (command) {
      this.rows.putCommand(command, stream, version, this.id);
      const { requestHash, status } = command;
      this.commands.push(command);
      this.commandsAfter.set(commandId(command), { stream, version, status, requestHash });
    }
    if (last) {
      this.streamsAfter.set(stream, { version, hash: last.hash });
      this.after = { position: last.position, recordedAt: last.recordedAt };
      this.firstEvent ??= events[0];
      if (this.standing.newer) this.recordedOf.set(stream, [...(this.recordedOf.get(stream) ?? []), ...events]);
    }
    return { outcome: 'appended', version, events };
  }

  /** What its writer wants instead, now that others were first: before this batch, or in it. */
  private decidedAgain(append: Append, head: StreamHead): Append | undefined {
    const before = this.standing.newer?.get(append);
    const newer = before && [...before, ...(this.recordedOf.get(append.stream) ?? [])];
    if (newer?.at(-1)?.version !== head.version) return undefined;
    const instead = append.overtaken?.(newer);
    if (instead) checkInstead(append, instead);
    return instead;
  }

  private recorded(append: Append, head: StreamHead, jsons: { data: string; metadata: string }[]): StoredEvent[] {
    let { version, hash: previousHash } = head;
    let { position } = this.after;
    let recordedAt = Math.max(this.nextTime(), this.recordedFrom); // the clock may be set back meanwhile
    checkInstant('the clock', recordedAt + append.events.length);
    return append.events.map((fact) => {
      const { type, schemaVersion, occurredAt, data, metadata } = fact;
      const json = { data: canonicalJson(data), metadata: canonicalJson(metadata as JsonObject) };
      jsons.push(json);
      const eventId = fact.eventId === undefined ? newId() : keptEventId(fact.eventId);
      version++;
      position++;
      const document = canonicalDocument({
        ...json,
        stream: append.stream,
        version,
        eventId,
        type,
        schemaVersion,
        occurredAt,
        recordedAt,
      });
      const event: StoredEvent = {
        position,
        stream: append.stream,
        version,
        eventId,
        type,
        schemaVersion,
        data,
        metadata,
        occurredAt,
        recordedAt,
        previousHash,
        hash: chainHash(previousHash, document),
      };
      previousHash = event.hash;
      recordedAt++;
      return event;
    });
  }

  private nextTime(): Instant {
    return Math.max(this.clock(), (this.after.recordedAt ?? 0) + 1);
  }

  private knownCommand(command: { scope: string; key: string }): KnownCommand | undefined {
    const id = commandId(command);
    return this.commandsAfter.get(id) ?? this.standing.commands.get(id);
  }

  /** Remembers that the batch stands on this stream. */
  private headOf(stream: string): StreamHead {
    const now = this.streamsAfter.get(stream);
    if (now) return now;
    const head = this.standing.streams.get(stream) ?? emptyStream;
    this.streamsBefore.set(stream, head);
    return head;
  }
}

/** What an append takes, near enough: a character may be three bytes. */
function sizeOf(append: Append, jsons: { data: string; metadata: string }[], messages: OutboxMessage[]): number {
  let bytes = append.command?.requestHash.length ?? 0;
  for (const { type } of append.events) bytes += bytesOfRow + append.stream.length + type.length;
  for (const { data, metadata } of jsons) bytes += data.length + metadata.length;
  for (const { payload, key, aggregateId, topic, type, headers } of messages) {
    bytes += bytesOfRow + (payload?.length ?? 0) + key.length + aggregateId.length + topic.length + type.length;
    for (const name in headers) bytes += headers[name]!.length;
  }
  return bytes;
}

/** Only what `append` names was looked for under the lock. @throws TypeError */
function checkInstead(append: Append, instead: Append): void {
  checkAppend(instead);
  if (instead.stream !== append.stream) throw new TypeError(`instead of ${append.stream}: ${instead.stream}`);
  const { command } = instead;
  if (command && (!append.command || commandId(command) !== commandId(append.command)))
    throw new TypeError('instead of a command: another command');
}

/** How many facts the stream has where it is as expected; undefined: there may be any number. */
export const countExpected = (expected: ExpectedVersion): number | undefined =>
  expected === 'none' ? 0 : typeof expected === 'number' ? expected : undefined;

function isAsExpected(expected: ExpectedVersion, actual: number): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'none':
      return actual === 0;
    case 'exists':
      return actual > 0;
    default:
      return actual === expected;
  }
}
