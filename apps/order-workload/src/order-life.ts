import { catalogue } from './catalogue.js';
import { Random } from './random.js';

/** One request of an order's life, and what the rules promise as an answer. */
export interface Step {
  /** After the step before it. */
  delayMs: number;
  method: 'POST' | 'PUT';
  path: string;
  body: Record<string, unknown>;
  actor: string;
  idempotencyKey: string;
  /** `fact`: it is done (201 or 200); `refused`: with this status; `repeat`: the same answer as to the step with this key. */
  expect: { outcome: 'fact' } | { outcome: 'repeat' } | { outcome: 'refused'; status: number };
}

export interface OrderLife {
  orderId: string;
  steps: Step[];
}

const actors = ['web', 'app', 'agent 4', 'agent 9', 'agent 17', 'shop till 2'];
const people = ['Ada Byron', 'Grace Hopper', 'Mary Seacole', 'Alan Turing', 'Noor Khan', 'Isaac Bell', 'Rosa Miller'];
const coupons = ['SAVE10', 'WELCOME5', 'SPRING15', 'SORRY'];
const refundReasons = ['arrived broken', 'was not as pictured', 'came twice', 'came too late'];

interface Line {
  sku: string;
  quantity: number;
  unitPrice: number;
}
const totalOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);

/**
 * The life of order number `index` of a seed, planned to its end: which commands, by whom, when, and what the answers must
 * be. Pure, so that the same seed tells the same lives, and any answer can be judged.
 */
export function orderLife(seed: string, index: number): OrderLife {
  const random = new Random(`${seed}/${index}`);
  const orderId = `${seed}-${String(index).padStart(6, '0')}`;
  const steps: Step[] = [];
  const currency = random.one(['GBP', 'GBP', 'GBP', 'GBP', 'GBP', 'GBP', 'GBP', 'EUR', 'EUR', 'USD']);
  const seller = random.one(actors);
  const order = `/orders/${orderId}`;

  const step = (
    what: string,
    path: string,
    body: Record<string, unknown>,
    more: Partial<Pick<Step, 'actor' | 'expect' | 'method' | 'delayMs'>> = {},
  ): void => {
    const planned: Step = {
      delayMs: steps.length === 0 ? 0 : random.whole(200, 4_000),
      method: 'POST',
      path,
      body,
      actor: seller,
      idempotencyKey: `${orderId}-${what}`,
      expect: { outcome: 'fact' },
      ...more,
    };
    steps.push(planned);
    // Now and then an answer is lost on its way, and whoever waited for it asks again.
    if (planned.expect.outcome === 'fact' && random.chance(0.06)) {
      steps.push({ ...planned, delayMs: random.whole(0, 300), expect: { outcome: 'repeat' } });
    }
  };

  let lines = basket(random);
  let total = totalOf(lines);
  const person = random.one(people);
  const customerId = `customer-${String(random.whole(1, 60)).padStart(3, '0')}`;
  step('placed', '/orders', {
    orderId,
    customerId,
    currency,
    lines,
    ...(random.chance(0.3) && {
      customer: {
        name: person,
        email: `${person.toLowerCase().replace(' ', '.')}@example.com`,
        address: `${random.whole(1, 99)} High Street, Camden`,
      },
    }),
  });
  if (random.chance(0.02)) {
    // Two systems gave out the same number: the same ID with another total.
    const other = [...lines, { sku: 'GIFT-001', quantity: 1, unitPrice: 2_50 }];
    step(
      'placed-by-another',
      '/orders',
      { orderId, customerId: 'customer-000', currency, lines: other },
      {
        actor: 'legacy sync',
        expect: { outcome: 'refused', status: 409 },
      },
    );
  }
  if (random.chance(0.15)) {
    lines = lines.map((line, at) => (at === 0 ? { ...line, quantity: line.quantity + 1 } : line));
    total = totalOf(lines);
    step('updated', `${order}/lines`, { lines, reason: 'The customer wants one more.' }, { method: 'PUT' });
  }
  if (random.chance(0.2)) {
    const amount = Math.max(1, Math.floor(total / 10));
    total -= amount;
    step('coupon', `${order}/discounts`, { code: random.one(coupons), amount });
  }
  if (random.chance(0.07)) {
    step('cancelled', `${order}/cancellation`, { reason: 'The customer changed their mind.' });
    return { orderId, steps };
  }
  if (random.chance(0.04)) return { orderId, steps }; // not paid yet

  if (random.chance(0.02)) {
    step(
      'paid-too-much',
      `${order}/payments`,
      { paymentId: `${orderId}-wrong`, amount: total + 1 },
      {
        actor: 'payments',
        expect: { outcome: 'refused', status: 422 },
      },
    );
  }
  const parts =
    total > 100 && random.chance(0.15) ? [Math.floor(total * 0.4), total - Math.floor(total * 0.4)] : [total];
  parts.forEach((amount, at) =>
    step(`paid-${at + 1}`, `${order}/payments`, { paymentId: `${orderId}-p${at + 1}`, amount }, { actor: 'payments' }),
  );

  if (random.chance(0.12)) {
    const all = random.chance(0.3);
    const amount = all ? total : Math.max(1, Math.floor(total / random.whole(2, 6)));
    const refundId = `${orderId}-r1`;
    const reason = `It ${random.one(refundReasons)}.`;
    step('refunded', `${order}/refunds`, { refundId, amount, reason }, { actor: 'returns desk' });
    if (random.chance(0.85)) step('refund-done', `${order}/refunds/${refundId}/completion`, {}, { actor: 'payments' });
    if (all && random.chance(0.6)) {
      step('cancelled', `${order}/cancellation`, { reason: 'Everything has come back.' }, { actor: 'returns desk' });
    }
  }
  return { orderId, steps };
}

function basket(random: Random): Line[] {
  const lines: Line[] = [];
  const many = random.whole(1, 5);
  while (lines.length < many) {
    const [sku, , unitPrice] = random.one(catalogue);
    if (!lines.some((line) => line.sku === sku)) lines.push({ sku, quantity: random.whole(1, 4), unitPrice });
  }
  return lines;
}
