import { expect, it } from '@jest/globals';
import { topicDefinitions, topicNames } from './topics.js';

it('the topics are compacted, kept for ever, and have a subject each', () => {
  const definitions = topicDefinitions('t1.');
  expect(definitions.map(({ topic, partitions, subject, schema }) => [topic, partitions, subject, schema])).toEqual([
    ['t1.orders.events.v1', 6, 't1.orders.events.v1-value', 'OrderEvent'],
    ['t1.orders.state.v1', 6, 't1.orders.state.v1-value', 'OrderState'],
    ['t1.orders.attempts.v1', 6, 't1.orders.attempts.v1-value', 'OrderAttempt'],
    ['t1.orders.checkpoints.v1', 1, 't1.orders.checkpoints.v1-value', 'Checkpoint'],
  ]);
  for (const { configs } of definitions) {
    expect(configs).toMatchObject({ 'cleanup.policy': 'compact', 'retention.ms': '-1' });
    expect(Number(configs['delete.retention.ms'])).toBeGreaterThan(Number(configs['min.compaction.lag.ms']));
  }
  expect(topicNames().events).toBe('orders.events.v1');
});
