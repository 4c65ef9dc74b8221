import { SchemaRegistry } from '@orderlog/kafka';
import { messageEncoder, type MessageEncoder, readSchemaText, topicDefinitions } from '@orderlog/order-contract';
import type { Config } from '../config.js';
import { CommandFailed } from '../terminal/command-failed.js';

/** Encodes with the ids that the registry gave this version's schemas. @throws CommandFailed where it has not got them */
export async function registeredEncoder(config: Config): Promise<MessageEncoder> {
  const registry = new SchemaRegistry({ url: config.SCHEMA_REGISTRY_URL });
  const ids = { OrderEvent: 0, OrderState: 0, OrderAttempt: 0 };
  for (const { subject, schema } of topicDefinitions(config.TOPIC_PREFIX)) {
    if (schema === 'Checkpoint') continue;
    const found = await registry.lookUp(subject, readSchemaText(schema));
    if (!found) {
      throw new CommandFailed(
        `the registry does not have this version's schema of ${subject}`,
        'Run `orderlog schemas register` first.',
      );
    }
    ids[schema] = found.id;
  }
  return messageEncoder(ids);
}
