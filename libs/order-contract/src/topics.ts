/** The schemas that leave us, by the name of their file in schemas/. */
export type SchemaName = 'OrderEvent' | 'OrderState' | 'OrderAttempt' | 'Checkpoint';
export const schemaNames: readonly SchemaName[] = ['OrderEvent', 'OrderState', 'OrderAttempt', 'Checkpoint'];

export interface TopicNames {
  events: string;
  state: string;
  attempts: string;
  checkpoints: string;
}

/** @param prefix before every name, so that several platforms (and all tests) share one broker. */
export const topicNames = (prefix = ''): TopicNames => ({
  events: `${prefix}orders.events.v1`,
  state: `${prefix}orders.state.v1`,
  attempts: `${prefix}orders.attempts.v1`,
  checkpoints: `${prefix}orders.checkpoints.v1`,
});

/** Of the topics by order. The count in Postgres rules: another count means topics of another version. */
export const PARTITIONS = 6;

/** The largest message, key and headers included; below the broker's limit for a whole batch of one. */
export const MAX_MESSAGE_BYTES = 1_000_000;

export interface TopicDefinition {
  topic: string;
  partitions: number;
  configs: Record<string, string>;
  /** TopicNameStrategy. */
  subject: string;
  schema: SchemaName;
}

const day = 86_400_000;

/**
 * What each topic of facts is set to. All are compacted and none is ever deleted from by age: each fact has a key of its
 * own, so compaction removes nothing but second copies.
 */
const keptForEver: Record<string, string> = {
  'cleanup.policy': 'compact',
  // Longer than the longest outage of the relay that we allow for: until then, what is sent again follows its first copy.
  'min.compaction.lag.ms': String(7 * day),
  // Longer than the slowest full replay: a reader that is on its way still sees each tombstone.
  'delete.retention.ms': String(30 * day),
  'max.message.bytes': '1048588',
  // A record's timestamp is when the store learned of the fact; a reset to a datetime goes by it.
  'message.timestamp.type': 'CreateTime',
  'retention.ms': '-1',
  'compression.type': 'producer',
};

/** The topics that a deploy step makes, and the subjects that it registers. */
export function topicDefinitions(prefix = ''): TopicDefinition[] {
  const names = topicNames(prefix);
  const define = (topic: string, schema: SchemaName, partitions: number): TopicDefinition => ({
    topic,
    partitions,
    configs: { ...keptForEver },
    subject: `${topic}-value`,
    schema,
  });
  return [
    define(names.events, 'OrderEvent', PARTITIONS),
    define(names.state, 'OrderState', PARTITIONS),
    define(names.attempts, 'OrderAttempt', PARTITIONS),
    define(names.checkpoints, 'Checkpoint', 1),
  ];
}
