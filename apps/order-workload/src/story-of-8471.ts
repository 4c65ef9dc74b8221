import { formatInstant, now, parseInstant, type Instant } from '@orderlog/instant';
import type { Answer, OrderServiceClient, Request } from './order-service-client.js';

/** The order that everybody asks about. */
export const storyOrder = '8471';
const customerId = 'customer-8471';
const lamp = { sku: 'LAMP-0042', quantity: 1, unitPrice: 59_99 };
const mugs = (quantity: number) => ({ sku: 'MUG-0107', quantity, unitPrice: 10_00 });

const minute = 60_000_000;
const day = 24 * 60 * minute;

interface Told {
  customerId: string | null;
  placedAt: string;
  discounts: { code: string }[];
  captured: number;
  refunds: { refundId: string; completed: boolean }[];
}

/**
 * Tells the story of Order #8471 where it is not in the store yet: placed at 89.99, 79.99 after a coupon that agent 17
 * applied at 14:02 the day before, paid, the same number claimed by another system with another total and refused, two
 * mugs paid back. Each step looks at the order first and has a fixed idempotency key, so a workload that is stopped in the
 * middle goes on there, and one that is started again adds nothing.
 * @returns told now, told before, or that another order has the number
 */
export async function tellStory(orders: OrderServiceClient): Promise<'now' | 'before' | 'another-order'> {
  const command = async (what: string, request: Omit<Request, 'idempotencyKey'>, status?: number): Promise<void> => {
    const answer = await orders.send({ ...request, idempotencyKey: `story-8471-${what}` });
    const asPromised = status === undefined ? answer.status === 200 || answer.status === 201 : answer.status === status;
    if (!asPromised) throw new Error(`the story of ${storyOrder} stopped at ${what}: ${described(answer)}`);
  };
  let order = await read(orders);
  if (order?.customerId === customerId && order.refunds.some((refund) => refund.refundId === 'refund-8471-1')) {
    await complete(order, command);
    return 'before';
  }
  if (!order) {
    // Yesterday: what is told is history, and is known since now.
    const midnight = Math.floor(now() / day) * day - day;
    const placedAt = midnight + (13 * 60 + 31) * minute + 4_217_000;
    await command('placed', {
      method: 'POST',
      path: '/orders',
      actor: 'web',
      body: {
        orderId: storyOrder,
        customerId,
        currency: 'GBP',
        lines: [lamp, mugs(3)],
        occurredAt: formatInstant(placedAt),
      },
    });
    order = (await read(orders))!;
  }
  if (order.customerId !== customerId) return 'another-order';

  const path = `/orders/${storyOrder}`;
  const placedAt = parseInstant(order.placedAt)!;
  const at = (afterPlacing: Instant) => formatInstant(placedAt + afterPlacing);
  if (!order.discounts.some(({ code }) => code === 'SAVE10')) {
    await command('coupon', {
      method: 'POST',
      path: `${path}/discounts`,
      actor: 'agent 17',
      body: {
        code: 'SAVE10',
        amount: 10_00,
        reason: 'The coupon did not work at the checkout; the customer called.',
        occurredAt: at(31 * minute),
      },
    });
  }
  if (order.captured === 0) {
    await command('paid', {
      method: 'POST',
      path: `${path}/payments`,
      actor: 'payments',
      body: { paymentId: 'payment-8471', amount: 79_99, occurredAt: at(34 * minute) },
    });
  }
  await command(
    'placed-by-another',
    {
      method: 'POST',
      path: '/orders',
      actor: 'legacy sync',
      body: { orderId: storyOrder, customerId, currency: 'GBP', lines: [lamp, mugs(2)] },
    },
    409,
  );
  await command('refunded', {
    method: 'POST',
    path: `${path}/refunds`,
    actor: 'agent 4',
    body: {
      refundId: 'refund-8471-1',
      amount: 15_00,
      reason: 'Two of the three mugs came broken.',
      lines: [{ line: 2, quantity: 2, amount: 15_00 }],
      occurredAt: at(3 * 60 * minute),
    },
  });
  await complete((await read(orders))!, command);
  return 'now';
}

async function complete(
  order: Told,
  command: (what: string, request: Omit<Request, 'idempotencyKey'>) => Promise<void>,
): Promise<void> {
  const refund = order.refunds.find(({ refundId }) => refundId === 'refund-8471-1');
  if (refund?.completed) return;
  await command('refund-done', {
    method: 'POST',
    path: `/orders/${storyOrder}/refunds/refund-8471-1/completion`,
    actor: 'payments',
    body: { occurredAt: formatInstant(parseInstant(order.placedAt)! + 200 * minute) },
  });
}

async function read(orders: OrderServiceClient): Promise<Told | undefined> {
  const answer = await orders.send({ method: 'GET', path: `/orders/${storyOrder}` });
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`order ${storyOrder} could not be read: ${described(answer)}`);
  return answer.body as unknown as Told;
}

export const described = ({ status, body }: Answer): string =>
  [status, body.type, body.title, body.detail].filter(Boolean).join(' ');
