import { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';
import { encodeRecord, type Record } from './producing/record-encoder.js';

/**
 * kafkajs 2.2.4 with four of its faults mended at load; nothing else in the workspace imports kafkajs itself.
 *
 * 1. An idle connection spins a core: its request queue schedules a timer with a negative delay even while nothing waits
 *    (threads 1556, 1604, 1751). Clamping the delay hides Node's warning and keeps the spinning; not scheduling ends both.
 * 2. On a compacted topic the cleaner keeps the empty shell of a producer's last batch. A fetch that begins at such a
 *    shell, last in its segment, brings no records, and kafkajs asks for the same offset for ever. Each batch whose last
 *    offset has no record any more gets a stand-in for it, of the kind that kafkajs steps over by itself.
 * 3. What was fetched under an older assignment is still handed out after a rebalance (thread 1527), and its offsets are
 *    then resolved in the new one. Each batch remembers the assignment that it was fetched under; the old ones are dropped,
 *    and read again by whoever has the partition now.
 * 4. Encoding a record costs more than all else of a produce request (record-encoder.ts).
 */
const require = createRequire(import.meta.url);

const pinned = '2.2.4';
const { version } = require('kafkajs/package.json') as { version: string };
if (version !== pinned) {
  throw new Error(
    `kafkajs is ${version}, its mends and the fenced producer were written against ${pinned}: look at them first`,
  );
}

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}
const checkPendingEveryMs = 10;

const RequestQueueClass = require('kafkajs/src/network/requestQueue') as {
  prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
};
RequestQueueClass.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : checkPendingEveryMs,
  );
};

interface RecordBatch {
  firstOffset: string;
  lastOffsetDelta: number;
  isControlBatch: boolean;
  records: { offset: string }[];
}
type DecodeRecordBatch = (decoder: unknown) => Promise<RecordBatch>;

const decoderPath = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
const decodeRecordBatch = require(decoderPath) as DecodeRecordBatch;
const withItsLastOffset: DecodeRecordBatch = async (decoder) => {
  const batch = await decodeRecordBatch(decoder);
  const lastOffset = (BigInt(batch.firstOffset) + BigInt(batch.lastOffsetDelta)).toString();
  if (batch.records.at(-1)?.offset === lastOffset) return batch;
  const standIn = {
    offset: lastOffset,
    key: null,
    value: null,
    headers: {},
    isControlRecord: true,
    batchContext: batch,
  };
  return { ...batch, records: [...batch.records, standIn] };
};
const loaded = require.cache[decoderPath];
if (!loaded) throw new Error('kafkajs was loaded, but its record batch decoder cannot be found to be mended');
loaded.exports = withItsLastOffset;

const recordPath = require.resolve('kafkajs/src/protocol/recordBatch/record/v0');
require(recordPath);
const loadedRecord = require.cache[recordPath];
if (!loadedRecord) throw new Error('kafkajs was loaded, but its record encoder cannot be found to be mended');
// Of an encoder, who writes records into a batch looks at these two alone.
loadedRecord.exports = (record: Record) => {
  const buffer = encodeRecord(record);
  return { buf: buffer, buffer };
};

/** An offset manager lives exactly as long as an assignment. */
interface ConsumerGroup {
  offsetManager: object;
}
interface Batch {
  fetchedUnder?: object;
}

const ConsumerGroupClass = require('kafkajs/src/consumer/consumerGroup') as {
  prototype: { fetch: (this: ConsumerGroup, nodeId: string) => Promise<Batch[]> };
};
const fetchOfGroup = ConsumerGroupClass.prototype.fetch;
ConsumerGroupClass.prototype.fetch = async function (this: ConsumerGroup, nodeId: string) {
  const fetchedUnder = this.offsetManager;
  const batches = await fetchOfGroup.call(this, nodeId);
  for (const batch of batches) batch.fetchedUnder = fetchedUnder;
  return batches;
};

const RunnerClass = require('kafkajs/src/consumer/runner') as {
  prototype: { handleBatch: (this: { consumerGroup: ConsumerGroup }, batch: Batch) => Promise<void> };
};
const handleBatchOfRunner = RunnerClass.prototype.handleBatch;
RunnerClass.prototype.handleBatch = async function (this: { consumerGroup: ConsumerGroup }, batch: Batch) {
  if (batch.fetchedUnder === this.consumerGroup.offsetManager) await handleBatchOfRunner.call(this, batch);
};

export const kafkajs = require('kafkajs') as typeof Kafkajs;
