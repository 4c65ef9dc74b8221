import { readEnds } from '@orderlog/kafka';
import type { HighestPosition } from './store-behind-topic.js';

/**
 * Asks the ends of the topic's partitions. A partition's very last record is not always its highest position: what was
 * sent again stands at the end, so a few are looked at.
 */
export const highestPositionOf =
  (brokers: readonly string[], topic: string): HighestPosition =>
  async () => {
    const records = await readEnds({ brokers, clientId: 'order-service' }, topic, {
      perPartition: 20,
      timeoutMs: 8_000,
    });
    return records.reduce((highest, { headers }) => {
      const position = Number(headers['event-position']?.toString() ?? 0);
      return Number.isSafeInteger(position) ? Math.max(highest, position) : highest;
    }, 0);
  };
