import type { TopicDefinition } from '@orderlog/kafka';
import { PARTITIONS, topicDefinitions } from '@orderlog/order-contract';
import { projectionNames } from '../projections.js';

/** All topics of the platform: those of the contract, and one for copies of what each projection has parked. */
export function platformTopics(prefix: string): TopicDefinition[] {
  const deadLetters = projectionNames.map((name) => ({
    topic: `${prefix}${name}.dlq`,
    partitions: PARTITIONS,
    // A copy for people, of messages that may be years old: kept by when it was made.
    configs: { 'cleanup.policy': 'delete', 'message.timestamp.type': 'LogAppendTime' },
  }));
  return [...topicDefinitions(prefix), ...deadLetters];
}
