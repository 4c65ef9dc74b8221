import { randomUUID } from 'node:crypto';
import { askOrderService } from '../ask-order-service.js';
import { CommandFailed } from '../terminal/command-failed.js';

/** What order-service says it has done. */
export interface Erasure {
  customerId: string;
  keys: { keyId: string; destroyedAt: string; by: string | null; reason: string | null; wiped: boolean }[];
  orders: number;
}

/** @throws CommandFailed where order-service does not answer, knows nothing of the customer, or could not finish */
export async function forgetCustomer(
  ordersUrl: string,
  customerId: string,
  told: { reason: string; actor: string | undefined; signal: AbortSignal },
): Promise<Erasure> {
  const { reason, actor, signal } = told;
  const answer = await askOrderService(
    `${ordersUrl}/customers/${encodeURIComponent(customerId)}/erasure`,
    `customer ${customerId}`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        // Headers are Latin-1 to fetch; order-service reads them as UTF-8.
        ...(actor === undefined ? {} : { 'x-actor': Buffer.from(actor, 'utf8').toString('latin1') }),
      },
      body: JSON.stringify({ reason }),
      signal,
    },
  );
  const erasure = JSON.parse(answer.toString('utf8')) as Partial<Erasure>;
  if (!Array.isArray(erasure.keys) || typeof erasure.orders !== 'number') {
    throw new CommandFailed(
      'what answered at ORDERS_URL is no order-service of this version',
      'Look at ORDERS_URL and at which version runs there.',
    );
  }
  return erasure as Erasure;
}
