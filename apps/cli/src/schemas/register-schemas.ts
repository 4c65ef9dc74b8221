import { RegistryRefused, RegistryUnavailable, SchemaRegistry } from '@orderlog/kafka';
import { readSchemaText, topicDefinitions } from '@orderlog/order-contract';
import { CommandFailed } from '../terminal/command-failed.js';
import { waitFor } from '../terminal/wait-for.js';

/** What every subject of ours is set to: each version and every other one can read each other. */
export const level = 'FULL_TRANSITIVE';

export interface RegisteredSchema {
  subject: string;
  id: number;
  /** False: this very schema was there. */
  isNew: boolean;
}

/**
 * Registers the schemas of schemas/ under their topics' subjects: the level first, since a registry does not judge a first
 * schema and would let any second one in. Again: nothing new. Running services never register.
 * @throws CommandFailed where the registry refuses a schema
 */
export async function registerSchemas(options: {
  url: string;
  prefix: string;
  waitMs: number;
  signal: AbortSignal;
}): Promise<RegisteredSchema[]> {
  const registry = new SchemaRegistry({ url: options.url });
  const isAway = (error: unknown) => error instanceof RegistryUnavailable;
  await waitFor('The schema registry', { ...options, isAway }, () => registry.subjects());
  const registered: RegisteredSchema[] = [];
  for (const { subject, schema } of topicDefinitions(options.prefix)) {
    options.signal.throwIfAborted();
    const text = readSchemaText(schema);
    if ((await registry.compatibility(subject)) !== level) await registry.setCompatibility(subject, level);
    const there = await registry.lookUp(subject, text);
    if (there) {
      registered.push({ subject, id: there.id, isNew: false });
      continue;
    }
    try {
      registered.push({ subject, id: await registry.register(subject, text), isNew: true });
    } catch (error) {
      if (!(error instanceof RegistryRefused)) throw error;
      const { reasons } = await registry.checkCompatibility(subject, text);
      throw new CommandFailed(
        `the registry refuses ${schema}.avsc for ${subject}: ${[error.message, ...reasons].join('; ')}`,
        'A new version may only add or remove nullable fields with a default; `orderlog schemas check` tells before.',
        { cause: error },
      );
    }
  }
  return registered;
}
