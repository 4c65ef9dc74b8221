import { headerText, readEnds } from '@orderlog/kafka';
import type { LastFacts } from './store-behind-topic.js';

/**
 * Asks the ends of the topic's partitions. A partition's very last record is not always its highest position: what was
 * sent again stands at the end, so a few are looked at.
 */
export const lastFactsOf =
  (brokers: readonly string[], topic: string): LastFacts =>
  async () => {
    const records = await readEnds({ brokers, clientId: 'order-service' }, topic, {
      perPartition: 20,
      timeoutMs: 8_000,
    });
    return records.flatMap((record) => {
      const [position, version] = ['event-position', 'order-version'].map((name) => Number(headerText(record, name)));
      const orderId = headerText(record, 'order-id') ?? '';
      return Number.isSafeInteger(position) ? [{ position: position!, orderId, version: version! }] : [];
    });
  };
