import { now } from '@orderlog/instant';
import { EventStore, migrateEventStore, type Append, type NewEvent } from '../index.js';

const lit = (watts: number): NewEvent => ({
  type: 'LampLit',
  schemaVersion: 1,
  data: { watts },
  metadata: { actor: 'keeper' },
  occurredAt: now(),
});
const putOut: NewEvent = { ...lit(0), type: 'LampPutOut', data: {} };

/** @param ownerUrl of a database that may be changed @param say what to do with each line */
export async function lamps(ownerUrl: string, say: (line: string) => void): Promise<void> {
  await migrateEventStore(ownerUrl); // schema `orders`, and the role `orders` that works in it
  const url = new URL(ownerUrl);
  url.username = url.password = 'orders';
  const store = new EventStore({ connectionString: url.href });
  const north = `north-${now()}`;
  const south = `south-${now()}`;

  // Who appends says what it has seen. Messages wait in the outbox, committed with their facts.
  const light: Append = {
    stream: north,
    expectedVersion: 'none',
    events: [lit(40)],
    messages: ([event]) => [
      {
        ...{ topic: 'lamps.v1', key: `${north}:${event!.version}`, partition: 0, aggregateId: north },
        ...{ type: event!.type, payload: Buffer.from('lit'), headers: {} },
        ...{ timestamp: event!.recordedAt, position: event!.position },
      },
    ],
    command: { scope: 'POST /lamps', key: north, requestHash: Buffer.from('40 watts'), status: 201 },
  };
  say(`light: ${(await store.append(light)).outcome}`);
  say(`the same command again: ${(await store.append(light)).outcome}`);

  // A lost race is an answer, with the version that there is.
  const late = await store.append({ stream: north, expectedVersion: 'none', events: [lit(60)] });
  if (late.outcome === 'conflict') say(`expected none, there is ${late.actualVersion}`);

  // Several streams: each by itself in one commit, or all of them or none.
  const [first, second] = await store.appendMany([
    { stream: north, expectedVersion: 7, events: [putOut] },
    { stream: south, expectedVersion: 'none', events: [lit(25)] },
  ]);
  say(`each by itself: ${first!.outcome}, ${second!.outcome}`);
  const together = await store.appendTogether([
    { stream: north, expectedVersion: 'exists', events: [putOut] },
    { stream: south, expectedVersion: 'any', events: [putOut] },
  ]);
  say(`together: ${together.outcome}`);

  // Read one, newest first; or all, from a position on.
  const history = await store.read(north, { direction: 'backward', limit: 2 });
  say(`north, newest first: ${history.map(({ version, type }) => `${version} ${type}`).join(', ')}`);
  const all = await store.readAll({ afterPosition: history[1]!.position - 1, limit: 10 });
  say(`all since: ${all.map(({ type }) => type).join(', ')}`);

  // What was known at an instant, for ever.
  const instant = history[1]!.recordedAt;
  await store.settle(instant);
  const known = (await store.read(north)).filter(({ recordedAt }) => recordedAt <= instant);
  say(`known then: ${known.map(({ type }) => type).join(', ')}`);

  // A state that was folded before: a cache. Its hash says of which facts, its seal, if you make one, that it is yours.
  const { version, hash } = history[0]!;
  const seal = Buffer.from('ours');
  await store.saveSnapshot({ stream: north, version, shape: 'lamp 1', state: '{"isLit":false}', hash, seal });
  const { snapshot, events } = await store.readFromSnapshot(north, 'lamp 1');
  say(`snapshot: ${snapshot?.state}, of its facts: ${snapshot?.hash.equals(events[0]!.hash)}`);
  await store.close();
}

if (import.meta.main) await lamps(process.env['DATABASE_URL']!, (line) => process.stdout.write(`${line}\n`));
