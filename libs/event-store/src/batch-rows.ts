import { CopyRows, type CopyMark, type CopyStatement } from './copy-rows.js';
import { outboxHeaders } from './outbox-headers.js';
import type { CommandRecord, OutboxMessage, StoredEvent } from './store.js';

const columns = {
  events:
    'position, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at, recorded_at, previous_hash, hash',
  outbox: `id, aggregatetype, aggregateid, type, payload, key, partition, position, timestamp, ${outboxHeaders.map((header) => `"${header}"`).join(', ')}`,
  commands: 'scope, key, request_hash, stream_id, version, status, batch_id',
};

const copy = (table: keyof typeof columns): CopyStatement => ({
  name: `append-${table}`,
  text: `copy orders.${table} (${columns[table]}) from stdin (format binary)`,
});

export const copyStatements = { events: copy('events'), outbox: copy('outbox'), commands: copy('commands') };

/**
 * The rows of a batch, ready for Postgres. Taken from those that were given back before: making large buffers anew for each
 * batch kept the garbage collector busier than anything else.
 */
export class BatchRows {
  private static readonly spare: BatchRows[] = [];

  static take(): BatchRows {
    return BatchRows.spare.pop() ?? new BatchRows();
  }

  private readonly events = new CopyRows(copyStatements.events, 12);
  private readonly messages = new CopyRows(copyStatements.outbox, 9 + outboxHeaders.length);
  private readonly commands = new CopyRows(copyStatements.commands, 7);
  private readonly tables = [this.events, this.messages, this.commands];

  /** Once Postgres has answered: it has them all. */
  giveBack(): void {
    for (const table of this.tables) table.clear();
    if (BatchRows.spare.length < 4) BatchRows.spare.push(this);
  }

  putEvent(event: StoredEvent, json: { data: string; metadata: string }): void {
    const { events } = this;
    events.begin();
    events.putBigint(event.position);
    events.putText(event.stream);
    events.putBigint(event.version);
    events.putUuid(event.eventId);
    events.putText(event.type);
    events.putInteger(event.schemaVersion);
    events.putJson(json.data);
    events.putJson(json.metadata);
    events.putInstant(event.occurredAt);
    events.putInstant(event.recordedAt);
    events.putBytes(event.previousHash);
    events.putBytes(event.hash);
  }

  putMessage(message: OutboxMessage): void {
    const { messages } = this;
    messages.begin();
    messages.putNewUuid();
    messages.putText(message.topic);
    messages.putText(message.aggregateId);
    messages.putText(message.type);
    if (message.payload === null) messages.putNull();
    else messages.putBytes(message.payload);
    messages.putText(message.key);
    messages.putInteger(message.partition);
    if (message.position === null) messages.putNull();
    else messages.putBigint(message.position);
    messages.putInstant(message.timestamp);
    for (const name of outboxHeaders) {
      const header = message.headers[name];
      if (header === undefined) messages.putNull();
      else messages.putText(header);
    }
  }

  putCommand(command: CommandRecord, stream: string, version: number, batch: string): void {
    const { commands } = this;
    commands.begin();
    commands.putText(command.scope);
    commands.putText(command.key);
    commands.putBytes(command.requestHash);
    commands.putText(stream);
    commands.putBigint(version);
    commands.putInteger(command.status);
    commands.putUuid(batch);
  }

  /** Where they stand; `backTo` forgets what was put in after that. */
  mark(): CopyMark[] {
    return this.tables.map((table) => table.mark());
  }

  backTo(mark: CopyMark[]): void {
    this.tables.forEach((table, index) => table.backTo(mark[index]!));
  }

  /** What to send, for each table that gets any. */
  finish(): Buffer[] {
    return this.tables.filter(({ count }) => count > 0).map((table) => table.finish());
  }
}
