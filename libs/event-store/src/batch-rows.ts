import {
  BigintArray,
  BytesArray,
  InstantArray,
  IntegerArray,
  JsonbArray,
  TextArray,
  UuidArray,
  type ArrayMark,
} from './binary-array.js';
import { outboxHeaders } from './outbox-headers.js';
import type { CommandRecord, OutboxMessage, StoredEvent } from './store.js';

type Column = Pick<TextArray, 'finish' | 'clear' | 'mark' | 'backTo'>;

/**
 * The rows of a batch, column by column, ready for Postgres. Taken from those that were given back before: a batch needs
 * forty buffers, and making them anew each time kept the garbage collector busier than anything else.
 */
export class BatchRows {
  private static readonly spare: BatchRows[] = [];

  static take(): BatchRows {
    return BatchRows.spare.pop() ?? new BatchRows();
  }

  private readonly events = {
    streams: new TextArray(),
    versions: new BigintArray(),
    ids: new UuidArray(),
    types: new TextArray(),
    schemaVersions: new IntegerArray(),
    data: new JsonbArray(),
    metadata: new JsonbArray(),
    occurredAt: new InstantArray(),
    recordedAt: new InstantArray(),
    previousHashes: new BytesArray(),
    hashes: new BytesArray(),
  };
  private readonly messages = {
    ids: new UuidArray(),
    topics: new TextArray(),
    aggregateIds: new TextArray(),
    types: new TextArray(),
    payloads: new BytesArray(),
    keys: new TextArray(),
    partitions: new IntegerArray(),
    positions: new BigintArray(),
    timestamps: new InstantArray(),
  };
  private readonly headers = outboxHeaders.map(() => new TextArray());
  private readonly commands = {
    scopes: new TextArray(),
    keys: new TextArray(),
    requestHashes: new BytesArray(),
    streams: new TextArray(),
    versions: new BigintArray(),
    statuses: new IntegerArray(),
  };
  private readonly columns = [this.events, this.messages, this.headers, this.commands].flatMap((table): Column[] =>
    Object.values(table),
  );

  /** Once the parameters have been copied or are not needed. */
  giveBack(): void {
    for (const column of this.columns) column.clear();
    if (BatchRows.spare.length < 4) BatchRows.spare.push(this);
  }

  putEvent(event: StoredEvent, json: { data: string; metadata: string }): void {
    const { events } = this;
    events.streams.put(event.stream);
    events.versions.put(event.version);
    events.ids.put(event.eventId);
    events.types.put(event.type);
    events.schemaVersions.put(event.schemaVersion);
    events.data.put(json.data);
    events.metadata.put(json.metadata);
    events.occurredAt.put(event.occurredAt);
    events.recordedAt.put(event.recordedAt);
    events.previousHashes.put(event.previousHash);
    events.hashes.put(event.hash);
  }

  putMessage(message: OutboxMessage): void {
    const { messages } = this;
    messages.ids.putNew();
    messages.topics.put(message.topic);
    messages.aggregateIds.put(message.aggregateId);
    messages.types.put(message.type);
    messages.payloads.put(message.payload);
    messages.keys.put(message.key);
    messages.partitions.put(message.partition);
    messages.positions.put(message.position);
    messages.timestamps.put(message.timestamp);
    for (let index = 0; index < outboxHeaders.length; index++)
      this.headers[index]!.put(message.headers[outboxHeaders[index]!] ?? null);
  }

  putCommand(command: CommandRecord, stream: string, version: number): void {
    const { commands } = this;
    commands.scopes.put(command.scope);
    commands.keys.put(command.key);
    commands.requestHashes.put(command.requestHash);
    commands.streams.put(stream);
    commands.versions.put(version);
    commands.statuses.put(command.status);
  }

  /** Where it stands; `backTo` forgets what was put in after that. */
  mark(): ArrayMark[] {
    return this.columns.map((column) => column.mark());
  }

  backTo(mark: ArrayMark[]): void {
    this.columns.forEach((column, index) => column.backTo(mark[index]!));
  }

  /** In the order in which append_batch takes them. */
  parameters(): Buffer[] {
    return this.columns.map((column) => column.finish());
  }
}
