import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFacts, type Fact } from './facts.js';
import { startOrderServices, type OrderServices } from './order-services.js';
import { call } from './platform.js';

const clients = 200;
/** For 800 commands on one order, on a machine that has other work. */
const doneWithinMs = 30_000;

interface State {
  version: number;
  total: number;
  captured: number;
  refunded: number;
  owed: number;
  type?: string;
  currentVersion?: number;
}

/** What a client was told of one command. */
interface Told {
  path: string;
  body: Record<string, unknown>;
  ifMatch: number | undefined;
  status: number;
  state: State;
}

/** Two processes append to one order at the same time: each can lose a race to the other at every command. */
describe('200 clients of two order-services on one order', () => {
  let services: OrderServices;
  beforeAll(async () => {
    services = await startOrderServices(2);
  }, 120_000);
  afterAll(() => services?.stop(), 60_000);

  const place = async (total: number): Promise<string> => {
    const orderId = randomUUID();
    const lines = [{ sku: 'TEA', quantity: 1, unitPrice: total }];
    const body = { orderId, customerId: 'c-1', currency: 'GBP', lines };
    expect((await call(`${services.urls[0]}/orders`, { method: 'POST', body })).status).toBe(201);
    return orderId;
  };
  const urlOf = (client: number, order: string): string => `${services.urls[client % 2]}/orders/${order}`;

  /** Every other client sends a key with its commands; each goes to the service of its number. */
  const tellAs =
    (client: number, order: string) =>
    async (path: string, body: Record<string, unknown>, ifMatch?: number): Promise<Told> => {
      const headers: Record<string, string> = {
        ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
        ...(client % 4 < 2 ? { 'idempotency-key': randomUUID() } : {}),
      };
      const answer = await call<State>(`${urlOf(client, order)}/${path}`, { method: 'POST', body, headers });
      return { path, body, ifMatch, status: answer.status, state: answer.body };
    };
  const statusesOf = (told: readonly Told[]): Record<string, number> =>
    Object.fromEntries(
      Object.entries(
        Object.groupBy(told, ({ path, status, state }) => [path, status, state.type].filter(Boolean).join(' ')),
      ).map(([name, all]) => [name, all!.length]),
    );
  const factsOf = async (order: string): Promise<Fact[]> =>
    (await readFacts(services.DATABASE_URL)).filter(({ orderId }) => orderId === order);

  /** Each fact answers one command, which was told its version; and versions count from one. */
  const areLinear = (facts: readonly Fact[], told: readonly Told[]): void => {
    expect(facts.map(({ version }) => version)).toEqual(facts.map((_, index) => index + 1));
    const made = told.filter(({ status }) => status === 201);
    const byVersion = new Map(made.map((each) => [each.state.version, each]));
    expect(byVersion.size).toBe(made.length);
    for (const { version, data } of facts.slice(1)) expect(data).toMatchObject(ownPart(byVersion.get(version)!.body));
    expect(made.length).toBe(facts.length - 1);
  };

  it('nobody hears of a lost race, nothing is lost, nothing is doubled', async () => {
    const order = await place(1_000_000);
    const began = performance.now();
    const told = await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        const tell = tellAs(client, order);
        return [
          await tell('discounts', { code: `code-${client}`, amount: 1 + (client % 3) }),
          await tell('payments', { paymentId: `p-${client}`, amount: 10 }),
          await tell('payments', { paymentId: `p-${client}`, amount: 10 }), // the same again
          await tell('refunds', { refundId: `r-${client}`, amount: 1 + (client % 5), reason: 'a test' }),
        ];
      }),
    );
    expect(performance.now() - began).toBeLessThan(doneWithinMs);
    const all = told.flat();
    expect(statusesOf(all)).toEqual({
      'discounts 201': clients,
      'payments 201': clients,
      'payments 200': clients,
      'refunds 201': clients,
    });
    areLinear(await factsOf(order), all);
    const sum = (path: string): number =>
      all
        .filter((each) => each.path === path && each.status === 201)
        .reduce((before, { body }) => before + (body['amount'] as number), 0);
    for (const client of [0, 1]) {
      const { body: state } = await call<State>(urlOf(client, order));
      expect(state).toMatchObject({
        version: 1 + 3 * clients,
        total: 1_000_000 - sum('discounts'),
        captured: sum('payments'),
        refunded: sum('refunds'),
      });
    }
  }, 60_000);

  it('capture what is owed and not a penny more; the others hear that, and not of a race', async () => {
    const order = await place(100);
    const told = await Promise.all(
      Array.from({ length: clients }, (_, client) =>
        tellAs(client, order)('payments', { paymentId: `p-${client}`, amount: 1 }),
      ),
    );
    expect(statusesOf(told)).toEqual({
      'payments 201': 100,
      'payments 422 urn:orderlog:problem:capture-exceeds-owed': 100,
    });
    areLinear(await factsOf(order), told);
    expect((await call<State>(urlOf(1, order))).body).toMatchObject({ version: 101, captured: 100, owed: 0 });
  }, 60_000);

  it('with If-Match follow exactly the version that they saw, or hear which one there is', async () => {
    const order = await place(1_000_000);
    const told = await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        const tell = tellAs(client, order);
        const mine: Told[] = [];
        let seen = 1;
        for (let tries = 0; tries < 4 && mine.at(-1)?.status !== 201; tries++) {
          const answer = await tell('discounts', { code: `code-${client}`, amount: 1 }, seen);
          mine.push(answer);
          seen = answer.state.currentVersion ?? seen;
        }
        return mine;
      }),
    );
    const all = told.flat();
    const made = all.filter(({ status }) => status === 201);
    const differs = all.filter(({ status }) => status === 412);
    expect(made.length + differs.length).toBe(all.length);
    for (const { ifMatch, state } of made) expect(state.version).toBe(ifMatch! + 1);
    for (const { ifMatch, state } of differs) expect(state.currentVersion).toBeGreaterThan(ifMatch!);
    areLinear(await factsOf(order), all);
    expect((await call<State>(urlOf(0, order))).body.total).toBe(1_000_000 - made.length);
  }, 60_000);
});

/** What of a command its fact says in the same words: the reason stands beside the fact. */
const ownPart = ({ reason: _reason, ...said }: Record<string, unknown>): Record<string, unknown> => said;
