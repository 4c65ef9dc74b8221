import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventStore, whatIsWrongWith, type StoredEvent } from '@orderlog/event-store';
import { livedMs, ownPostgres, type OwnPostgres } from '@orderlog/local-stack';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type Answer, type TestService } from '../test-kit/running-service.js';
import { telling } from '../test-kit/telling.js';

const clients = 64;
const kills = 3;
const commandsBetweenKills = 250;
const limitMs = 1_500;
/** Three commands of an order wait for each other; each reads twice at most and appends. And a busy machine may be late. */
const answeredWithinMs = 3 * 3 * limitMs + 3_000;

let postgres: OwnPostgres;
let service: TestService;
beforeAll(async () => {
  postgres = await ownPostgres();
  const limits = { ORDERS_APPEND_TIMEOUT_MS: String(limitMs), ORDERS_READ_TIMEOUT_MS: String(limitMs) };
  service = await runningService(limits, postgres.connectionString);
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await postgres?.stop();
}, 60_000);

const { newId, place, discount, capture, refund } = telling(() => service);

/** A command with what its fact would say, and what was answered in the end. */
interface Told {
  orderId: string;
  says: Record<string, unknown>;
  end: Answer;
}

it('Postgres is killed again and again under 64 clients: what was accepted is there once, what was refused is not', async () => {
  const told: Told[] = [];
  let longestMs = 0;
  let unavailable = 0;
  let working = true;

  /** Tells it until the answer is one, with the same key each time; `patient`: also after a word that nothing was done. */
  const tell = async (
    orderId: string,
    says: Record<string, unknown>,
    patient: boolean,
    send: (headers: Record<string, string>) => Promise<Answer>,
  ): Promise<void> => {
    const headers = { 'idempotency-key': newId() };
    for (;;) {
      const began = livedMs();
      const end = await send(headers);
      longestMs = Math.max(longestMs, livedMs() - began);
      const nothingDone = end.status === 503 && String(end.body['detail']).includes('nothing was done');
      if (end.status === 503) {
        unavailable += 1;
        if (patient || !nothingDone) {
          await sleep(50 + 100 * Math.random());
          continue;
        }
      }
      told.push({ orderId, says, end });
      return;
    }
  };
  const client = async (): Promise<void> => {
    while (working) {
      const orderId = newId();
      const total = 10_000 + Math.floor(1_000 * Math.random());
      await tell(orderId, { type: 'OrderPlaced', total }, true, (key) => place(orderId, total, {}, key));
      const [code, paymentId, refundId, tooMuch] = [newId(), newId(), newId(), newId()];
      await Promise.all([
        tell(orderId, { type: 'DiscountApplied', code }, false, (key) => discount(orderId, code, 10, {}, key)),
        tell(orderId, { type: 'PaymentCaptured', paymentId }, false, (key) =>
          capture(orderId, paymentId, 500, {}, key),
        ),
        tell(orderId, { type: 'PaymentCaptured', paymentId: tooMuch }, true, (key) =>
          capture(orderId, tooMuch, 1_000_000, {}, key),
        ),
      ]);
      await tell(orderId, { type: 'RefundInitiated', refundId }, false, (key) => refund(orderId, refundId, 7, {}, key));
    }
  };
  const accepted = (): number => told.filter(({ end }) => end.status < 300).length;
  const moreAccepted = async (): Promise<void> => {
    const before = accepted();
    while (accepted() < before + commandsBetweenKills) await sleep(20);
  };
  const killing = (async () => {
    for (let kill = 0; kill < kills; kill++) {
      await moreAccepted();
      postgres.kill();
    }
    await moreAccepted();
    working = false;
  })();
  await Promise.all([killing, ...Array.from({ length: clients }, client)]);

  const store = new EventStore({ connectionString: service.database.as('orders') });
  const facts: StoredEvent[] = [];
  for (let page; (page = await store.readAll({ afterPosition: facts.length, limit: 1_000 })).length > 0;)
    facts.push(...page);
  await store.close();
  expect(whatIsWrongWith(facts)).toEqual([]);

  const byOrder = Map.groupBy(facts, ({ stream }) => stream);
  const saying = ({ orderId, says: { type: wanted, ...said } }: Told): StoredEvent[] =>
    (byOrder.get(orderId) ?? []).filter(
      ({ type, data }) => type === wanted && Object.entries(said).every(([name, value]) => data[name] === value),
    );
  for (const { end, ...each } of told) {
    const versions = saying({ ...each, end }).map(({ version }) => version);
    const wanted = end.status < 300 ? [end.body.version] : [];
    expect({ ...each, status: end.status, versions }).toEqual({ ...each, status: end.status, versions: wanted });
  }
  expect(facts.length).toBe(accepted());
  const statuses = new Set(told.map(({ end }) => end.status));
  expect([...statuses].filter((status) => ![201, 422, 503].includes(status))).toEqual([]);

  const rows = await rowsOf(
    service.database.connectionString,
    'select key, position::int from orders.outbox where aggregatetype = $1 order by seq',
    [`${service.prefix}orders.events.v1`],
  );
  expect(rows).toEqual(facts.map(({ stream, version, position }) => ({ key: `${stream}:${version}`, position })));

  expect(unavailable).toBeGreaterThan(0);
  expect(longestMs).toBeLessThan(answeredWithinMs);
}, 120_000);
