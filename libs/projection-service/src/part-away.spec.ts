import { expect, it } from '@jest/globals';
import { topicOffsets, withAdmin } from '@orderlog/kafka';
import pg from 'pg';
import { partAway } from './projection-parts.js';

/** Nobody listens there. */
const nowhere = '127.0.0.1:1';

it.each<[string, RegExp, () => Promise<unknown>]>([
  [
    'Kafka',
    /^Kafka is away.*KAFKA_BROKERS.*try again/,
    () => withAdmin({ brokers: [nowhere], clientId: 'part-away' }, (kafka) => topicOffsets(kafka, 'none')),
  ],
  [
    'Postgres',
    /^Postgres is away.*database’s URL.*try again/,
    () => new pg.Client({ connectionString: `postgres://${nowhere}/none` }).connect(),
  ],
])(
  'an answer that needs %s while it is away says so',
  async (_, says, ask) => {
    const error: unknown = await ask().then(
      () => undefined,
      (failure: unknown) => failure,
    );
    const problem = partAway(error);
    expect(problem?.status).toBe(503);
    expect(problem?.toBody('c-1')['detail']).toMatch(says);
  },
  90_000,
);

it('a fault of ours is none', () => {
  expect(partAway(new TypeError('x is not a function'))).toBeUndefined();
});
