import type { Pool } from 'pg';
import type { ReceivedMessage } from '@orderlog/kafka';
import { applyEvents, type Prepared } from './apply-events.js';
import { transaction, type Transaction } from './database.js';
import type { Definition } from './define-projection.js';
import { isRefusedData, PartitionLost, sentenceOf } from './failures.js';
import { lockPartition } from './lock-partition.sql.js';
import { moveOffset } from './move-offset.sql.js';
import { parkMessages, type ParkedMessage } from './park-messages.sql.js';
import { countParkedStreams, parkedStreams } from './parked-streams.sql.js';
import type { ReadMessage } from './read-batch.js';
import { rememberUnknownTypes } from './remember-unknown-types.sql.js';

export interface BatchToWrite<Event> {
  generation: number;
  topic: string;
  partition: number;
  /** This member's epoch of the partition. */
  epoch: string;
  from: number;
  next: number;
  messages: readonly ReadMessage<Event>[];
  /** With so many parked streams nothing more is written: the batch is written up to there. */
  parkedLimit: number;
  /** Asked before anything is written and before the commit. @throws where the partition is no longer ours */
  stillOurs: () => void;
}

export interface WrittenBatch {
  /** Where to go on from: `next`, or less where the limit of parked streams was met. */
  next: number;
  rows: number;
  parked: ParkedMessage[];
  unknownTypes: Map<string, number>;
}

/**
 * Writes a batch: rows, totals, what is parked, and the partition's offset, in one transaction under the partition's
 * row lock. Where Postgres refuses the data of some event, the batch is written event by event, and that one is poison.
 * @throws PartitionLost where another member has drawn a later epoch; nothing was written
 */
export async function writeBatch<Event>(
  pool: Pool,
  definition: Definition<Event>,
  batch: BatchToWrite<Event>,
): Promise<WrittenBatch> {
  try {
    return await writeIn(pool, definition, batch, applyEvents);
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    return writeIn(pool, definition, batch, undefined);
  }
}

async function writeIn<Event>(
  pool: Pool,
  definition: Definition<Event>,
  batch: BatchToWrite<Event>,
  applyTogether: typeof applyEvents | undefined,
): Promise<WrittenBatch> {
  const { topic, partition, generation } = batch;
  const where = { schema: definition.schema, generation, topic, partition };
  batch.stillOurs();
  return transaction(pool, async (tx) => {
    const locked = await lockPartition(tx, where, batch.epoch);
    if (!locked) throw new PartitionLost(topic, partition);
    const room = batch.parkedLimit - (await countParkedStreams(tx, definition.schema, generation));
    if (room <= 0) return { next: batch.from, rows: 0, parked: [], unknownTypes: new Map() };
    const waiting = new Waiting(await parkedStreams(tx, where), room);
    const unknownTypes = new Map<string, number>();
    const apply: Prepared<Event>[] = [];
    let rows = 0;
    let next = batch.next;
    for (const read of batch.messages) {
      const { message, stream } = read;
      if (waiting.has(stream, message)) continue;
      const error = read.kind === 'poison' ? read.error : undefined;
      if (read.unknownType !== undefined && !unknownTypes.has(read.unknownType)) {
        unknownTypes.set(read.unknownType, message.offset);
      }
      if (read.kind === 'event') {
        if (applyTogether) {
          apply.push(read.prepared);
          continue;
        }
        const alone = await applyAlone(tx, definition, { generation, partition }, read.prepared);
        rows += alone.rows;
        if (alone.refused === undefined || waiting.park(stream, message, alone.refused)) continue;
      } else if (error === undefined || waiting.park(stream, message, error)) continue;
      next = message.offset;
      break;
    }
    if (applyTogether) rows = await applyTogether(tx, definition, { generation, partition }, apply);
    if (waiting.parked.length > 0) await parkMessages(tx, where, waiting.parked);
    await rememberUnknownTypes(tx, where, { from: batch.from, next, replaying: locked.replaying }, unknownTypes);
    await moveOffset(tx, where, { from: batch.from, next });
    batch.stillOurs();
    return { next, rows, parked: waiting.parked, unknownTypes };
  });
}

/** Which messages wait: those of streams parked before, from the offset where each was parked, and those parked now. */
class Waiting {
  readonly parked: ParkedMessage[] = [];

  constructor(
    private readonly from: Map<string, number>,
    private room: number,
  ) {}

  /** Whether the message stands behind its stream's poison; if so it is kept. */
  has(stream: string, message: ReceivedMessage): boolean {
    const first = this.from.get(stream);
    if (first === undefined || message.offset < first) return false;
    this.parked.push({ stream, message, error: null });
    return true;
  }

  /** @returns false where too many streams are parked already */
  park(stream: string, message: ReceivedMessage, error: string): boolean {
    if (!this.from.has(stream)) {
      if (this.room <= 0) return false;
      this.room -= 1;
    }
    // A stream that is parked from a later offset on, and now from here: a reset has shown an earlier message of it.
    this.from.set(stream, message.offset);
    this.parked.push({ stream, message, error });
    return true;
  }
}

async function applyAlone<Event>(
  tx: Transaction,
  definition: Definition<Event>,
  at: { generation: number; partition: number },
  prepared: Prepared<Event>,
): Promise<{ rows: number; refused?: string }> {
  await tx.query('savepoint event');
  try {
    const rows = await applyEvents(tx, definition, at, [prepared]);
    await tx.query('release savepoint event');
    return { rows };
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    await tx.query('rollback to savepoint event');
    await tx.query('release savepoint event');
    return { rows: 0, refused: sentenceOf(error) };
  }
}
