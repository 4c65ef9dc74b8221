import { readEnds } from '@orderlog/kafka';
import { endsPerPartition } from '@orderlog/order-contract';
import type { TopicEnds } from './store-behind-topic.js';

export const topicEndsOf =
  (brokers: readonly string[], topic: string): TopicEnds =>
  () =>
    readEnds({ brokers, clientId: 'order-service' }, topic, { perPartition: endsPerPartition, timeoutMs: 8_000 });
