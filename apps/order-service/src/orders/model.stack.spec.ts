import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventStore, whatIsWrongWith, type StoredEvent } from '@orderlog/event-store';
import { after, fromStored, noState, type OrderState } from '@orderlog/order-contract';
import { decide, type OrderCommand, type OrderEvent } from '@orderlog/order-domain';
import fc from 'fast-check';
import { refusals } from '../refusals/refusals.js';
import { runningService, type Answer, type TestService } from '../test-kit/running-service.js';
import { problemType } from '../test-kit/telling.js';
import { viewOf } from './order-view.js';

let services: TestService[];
let store: EventStore;
beforeAll(async () => {
  const first = await runningService();
  services = [first, await first.another()];
  store = new EventStore({ connectionString: first.database.as('orders') });
}, 60_000);
afterAll(async () => {
  await store?.close();
  for (const service of services?.toReversed() ?? []) await service.stop();
}, 60_000);

/** What a client says; few IDs and small sums, so that clients get in each other's way. */
interface Ask {
  what: 'place' | 'update' | 'discount' | 'capture' | 'refund' | 'complete' | 'cancel';
  order: number;
  n: number;
  amount: number;
  ifMatch: number | undefined;
  withKey: boolean;
  /** Sends the one before again, with its key. */
  again: boolean;
  service: number;
}
const ask: fc.Arbitrary<Ask> = fc.record({
  what: fc.oneof(
    { weight: 2, arbitrary: fc.constant('place' as const) },
    { weight: 6, arbitrary: fc.constantFrom('discount' as const, 'capture' as const, 'refund' as const) },
    { weight: 3, arbitrary: fc.constantFrom('update' as const, 'complete' as const) },
    { weight: 1, arbitrary: fc.constant('cancel' as const) },
  ),
  order: fc.nat(1),
  n: fc.nat(3),
  amount: fc.integer({ min: 1, max: 60 }),
  ifMatch: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 4 }),
  withKey: fc.boolean(),
  again: fc.boolean(),
  service: fc.nat(1),
});

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown> | undefined;
  /** What it means to the rules. */
  command: OrderCommand;
  /** The status where it makes a fact. */
  made: number;
}

function callOf({ what, n, amount }: Ask, id: string): Call {
  const reason = 'a test';
  const lines = [
    { sku: 'TEA', quantity: 1, unitPrice: 40 + n },
    { sku: 'CUP', quantity: 2, unitPrice: 20 },
  ];
  switch (what) {
    case 'place': {
      const order = { customerId: 'c-1', currency: 'GBP', lines };
      return {
        ...{ method: 'POST', path: '/orders', body: { orderId: id, ...order }, made: 201 },
        command: { type: 'PlaceOrder', channel: 'api', ...order },
      };
    }
    case 'update':
      return {
        ...{ method: 'PUT', path: `/orders/${id}/lines`, body: { lines, reason }, made: 200 },
        command: { type: 'UpdateLines', lines },
      };
    case 'discount': {
      const said = { code: `code-${n}`, amount };
      return {
        ...{ method: 'POST', path: `/orders/${id}/discounts`, body: said, made: 201 },
        command: { type: 'ApplyDiscount', ...said },
      };
    }
    case 'capture': {
      const said = { paymentId: `p-${n}`, amount };
      return {
        ...{ method: 'POST', path: `/orders/${id}/payments`, body: said, made: 201 },
        command: { type: 'CapturePayment', ...said },
      };
    }
    case 'refund': {
      const said = { refundId: `r-${n}`, amount, reason };
      return {
        ...{ method: 'POST', path: `/orders/${id}/refunds`, body: said, made: 201 },
        command: { type: 'InitiateRefund', ...said },
      };
    }
    case 'complete':
      return {
        ...{ method: 'POST', path: `/orders/${id}/refunds/r-${n}/completion`, body: undefined, made: 200 },
        command: { type: 'CompleteRefund', refundId: `r-${n}` },
      };
    case 'cancel':
      return {
        ...{ method: 'POST', path: `/orders/${id}/cancellation`, body: { reason }, made: 200 },
        command: { type: 'CancelOrder' },
      };
  }
}

/** A command as it was told and answered, and when: the one clock counts what happens at the clients. */
interface Told {
  id: string;
  call: Call;
  ifMatch: number | undefined;
  asked: number;
  answered: number;
  answer: Answer;
  /** The one that it repeats, with its key. */
  repeats: Told | undefined;
}

/** What the rules say to a command at a version. */
type Verdict = { says: string; facts: readonly OrderEvent[] };
function verdictAt({ call, ifMatch }: Told, { order, version }: OrderState): Verdict {
  const differs = ifMatch !== undefined && ifMatch !== version && (version > 0 || call.command.type === 'PlaceOrder');
  if (differs) return { says: `412 ${problemType('version-differs')}`, facts: [] };
  const decision = decide(call.command, order);
  switch (decision.outcome) {
    case 'facts':
      return { says: `${call.made} `, facts: decision.facts };
    case 'nothing-new':
      return { says: '200 ', facts: [] };
    case 'refused': {
      const { code } = decision.refusal;
      return { says: `${refusals[code].status} ${problemType(code)}`, facts: [] };
    }
  }
}

const isKept = ({ answer: { status } }: Told): boolean => status < 300 || status === 422;

/** A history is linear where each answer is what the rules say at one version, between its question and itself. */
function explain(told: readonly Told[], events: readonly StoredEvent[], id: string): void {
  const states: OrderState[] = [noState];
  for (const event of events) states.push(after(states.at(-1)!, event));
  const made = new Map<number, Told>();
  const first = told.filter(({ repeats }) => repeats === undefined);

  for (const each of first) {
    const { answer, asked, answered } = each;
    // It cannot have been decided on less than what was acknowledged before it was asked …
    const atLeast = Math.max(
      0,
      ...first.filter((one) => one.answered < asked).map((one) => one.answer.body.version ?? 0),
    );
    // … nor on facts that nobody had asked for when it was answered.
    const atMost = Math.max(
      0,
      ...first.filter((one) => one !== each && one.asked < answered).map((one) => one.answer.body.version ?? 0),
    );
    const says = `${answer.status} ${answer.body.type ?? ''}`;
    const candidates = states
      .slice(atLeast, atMost + 1)
      .map((state) => ({ state, verdict: verdictAt(each, state) }))
      .filter(({ state, verdict }) => {
        if (verdict.says !== says) return false;
        if (answer.status === 412) return (answer.body['currentVersion'] ?? 0) === state.version;
        return answer.status >= 300 || answer.body.version === state.version + verdict.facts.length;
      });
    const between = { atLeast, atMost, version: answer.body.version };
    const question = { call: each.call, ifMatch: each.ifMatch, says, between };
    expect({ ...question, explained: candidates.length > 0 }).toEqual({ ...question, explained: true });
    if (answer.status >= 300) continue;
    expect(answer.body).toEqual(viewOf(id, states[answer.body.version]!));
    // Of two that said the same at once, one made the fact and the other found it: which of them, nobody can tell.
    const isFree = ({ facts }: Verdict): boolean => facts.length === 0 || !made.has(answer.body.version);
    const { verdict } = candidates.find((candidate) => isFree(candidate.verdict)) ?? candidates[0]!;
    verdict.facts.forEach((fact, index) => {
      const version = answer.body.version - verdict.facts.length + index + 1;
      expect(fromStored(events[version - 1]!)).toEqual(fact);
      expect(made.has(version)).toBe(false);
      made.set(version, each);
    });
  }
  // Nothing is there that nobody was told of.
  expect([...made.keys()].sort((a, b) => a - b)).toEqual(events.map(({ version }) => version));
}

it('does what the rules do to one command after the other, whatever concurrent clients of two processes tell it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(ask, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 }),
      async (clients) => {
        const ids = [randomUUID(), randomUUID()];
        const told: Told[] = [];
        let clock = 0;
        const tell = async (
          service: number,
          id: string,
          call: Call,
          ifMatch: number | undefined,
          key: string | undefined,
          repeats: Told | undefined,
        ): Promise<Told> => {
          const asked = clock++;
          const headers = {
            ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
            ...(key === undefined ? {} : { 'idempotency-key': key }),
          };
          const answer = await services[service]!.call(call.method, call.path, call.body, headers);
          const one: Told = { id, call, ifMatch, asked, answered: clock++, answer, repeats };
          told.push(one);
          return one;
        };
        await Promise.all(
          clients.map(async (asks) => {
            for (const each of asks) {
              const id = ids[each.order]!;
              const key = each.withKey ? randomUUID() : undefined;
              const one = await tell(each.service, id, callOf(each, id), each.ifMatch, key, undefined);
              // What is not remembered would be a new command with the same key.
              if (each.again && key !== undefined && isKept(one))
                await tell(1 - each.service, id, one.call, one.ifMatch, key, one);
            }
          }),
        );
        for (const { answer, repeats } of told.filter((one) => one.repeats)) {
          expect(answer.headers.get('idempotency-replayed')).toBe('true');
          // The correlation is the request's own.
          const { correlationId: _own, ...body } = answer.body;
          const { correlationId: _its, ...first } = repeats!.answer.body;
          expect({ status: answer.status, body }).toEqual({ status: repeats!.answer.status, body: first });
        }
        for (const id of ids) {
          explain(
            told.filter((one) => one.id === id),
            await store.read(id),
            id,
          );
        }
      },
    ),
    { numRuns: 150 },
  );
  const all: StoredEvent[] = [];
  for (let page; (page = await store.readAll({ afterPosition: all.length, limit: 1_000 })).length > 0;)
    all.push(...page);
  expect(whatIsWrongWith(all)).toEqual([]);
}, 120_000);
