import { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';

/**
 * kafkajs 2.2.4 with two of its faults mended at load; nothing else in the workspace imports kafkajs itself.
 *
 * 1. An idle connection spins a core: its request queue schedules a timer with a negative delay even while nothing waits
 *    (threads 1556, 1604, 1751). Clamping the delay hides Node's warning and keeps the spinning; not scheduling ends both.
 * 2. On a compacted topic the cleaner keeps the empty shell of a producer's last batch. A fetch that begins at such a
 *    shell, last in its segment, brings no records, and kafkajs asks for the same offset for ever. Each batch whose last
 *    offset has no record any more gets a stand-in for it, of the kind that kafkajs steps over by itself.
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

export const kafkajs = require('kafkajs') as typeof Kafkajs;
