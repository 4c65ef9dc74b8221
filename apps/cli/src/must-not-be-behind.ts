import type { EventStore } from '@orderlog/event-store';
import { readEnds } from '@orderlog/kafka';
import { endsPerPartition, standBesideTopic, topicNames, wasPutBack } from '@orderlog/order-contract';
import type { Config } from './config.js';
import { CommandFailed, messageOf } from './terminal/command-failed.js';
import { connectionOf } from './topics/create-topics.js';

/**
 * Before anything is appended or sent, as order-service does before it takes an order.
 * @throws CommandFailed where the store is behind its topic, or the topic cannot say
 */
export async function mustNotBeBehind(store: EventStore, config: Config): Promise<void> {
  const topic = topicNames(config.TOPIC_PREFIX).events;
  const ends = () => readEnds(connectionOf(config), topic, { perPartition: endsPerPartition, timeoutMs: 10_000 });
  const standing = await standBesideTopic(store, async () => {
    try {
      return await ends();
    } catch (cause) {
      throw new CommandFailed(
        `whether the store is behind its topic is not known: ${messageOf(cause)}`,
        'Start Kafka (is KAFKA_BROKERS right?) and run this again. Nothing was done.',
        { cause },
      );
    }
  });
  if (!standing.isBehind) return;
  const { what, remedy } = wasPutBack(standing);
  throw new CommandFailed(what, `First ${remedy}. Nothing was done.`);
}
