/** What is asked of the store. */
interface Store {
  head(): Promise<{ position: number }>;
  read(stream: string, range: { fromVersion: number; toVersion: number }): Promise<unknown[]>;
}

/** A record at the end of a partition of the topic of facts. */
interface EndRecord {
  headers: Readonly<Record<string, Buffer | undefined>>;
}

/** Where a store and its topic end, and whether the topic has facts that the store lacks. */
export interface StoreBesideTopic {
  position: number;
  topicPosition: number;
  isBehind: boolean;
}

/** So many records at the end of each partition are looked at: what was sent again stands behind the highest position. */
export const endsPerPartition = 20;

/**
 * Whether a store is behind its own topic: it was put back from a backup. Its next fact would have the key of one that the
 * topic already holds, and compaction would delete that one. Positions are dense, so it shows. Whoever appends asks first.
 * @param ends reads the last records of each partition of the topic; none: it is empty, or not there yet
 */
export async function standBesideTopic(
  store: Store,
  ends: () => Promise<readonly EndRecord[]>,
): Promise<StoreBesideTopic> {
  // The topic first: what is committed meanwhile makes the store longer and not shorter.
  const facts = (await ends()).flatMap(factOf);
  const { position } = await store.head();
  const lacking: number[] = [];
  for (const fact of facts) if (fact.position > position && !(await has(store, fact))) lacking.push(fact.position);
  const isBehind = lacking.length > 0;
  return {
    position,
    topicPosition: Math.max(0, ...(isBehind ? lacking : facts.map((fact) => fact.position))),
    isBehind,
  };
}

/** For whoever is to append to a store that is behind. */
export const wasPutBack = ({
  position,
  topicPosition,
}: Pick<StoreBesideTopic, 'position' | 'topicPosition'>): { what: string; remedy: string } => ({
  what: `the store ends at position ${position} and the topic at ${topicPosition}: it was put back`,
  remedy: 'run `orderlog recover`',
});

interface TopicFact {
  position: number;
  orderId: string;
  /** NaN: the message does not say which fact it is. */
  version: number;
}

function factOf({ headers }: EndRecord): TopicFact[] {
  const [position, version] = ['event-position', 'order-version'].map((name) => Number(headers[name]?.toString()));
  const orderId = headers['order-id']?.toString() ?? '';
  return Number.isSafeInteger(position) ? [{ position: position!, orderId, version: version! }] : [];
}

/** Where facts were lost for good those behind them moved up: the topic has them at their old positions as well. */
async function has(store: Store, { orderId, version }: TopicFact): Promise<boolean> {
  if (orderId === '' || !Number.isSafeInteger(version)) return false;
  return (await store.read(orderId, { fromVersion: version, toVersion: version })).length > 0;
}
