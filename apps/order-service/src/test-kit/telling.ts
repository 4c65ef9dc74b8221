import { randomUUID } from 'node:crypto';
import type { Answer, TestService } from './running-service.js';

type Headers = Record<string, string>;
type More = Record<string, unknown>;

/** The words of a test: what is told to an order, over HTTP. Each test takes an ID of its own. */
export const telling = (service: () => TestService) => {
  const call = (method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer> =>
    service().call(method, path, body, headers);
  const words = {
    newId: (): string => `t-${randomUUID()}`,
    place: (orderId: string | undefined, total = 8999, more: More = {}, headers?: Headers) =>
      call(
        'POST',
        '/orders',
        {
          ...(orderId === undefined ? {} : { orderId }),
          customerId: 'c-1',
          currency: 'GBP',
          lines: [{ sku: '85048', quantity: 1, unitPrice: total }],
          ...more,
        },
        headers,
      ),
    update: (id: string, lines: unknown[], more: More = {}, headers?: Headers) =>
      call('PUT', `/orders/${id}/lines`, { lines, reason: 'a test', ...more }, headers),
    discount: (id: string, code: string, amount: number, more: More = {}, headers?: Headers) =>
      call('POST', `/orders/${id}/discounts`, { code, amount, ...more }, headers),
    capture: (id: string, paymentId: string, amount: number, more: More = {}, headers?: Headers) =>
      call('POST', `/orders/${id}/payments`, { paymentId, amount, ...more }, headers),
    refund: (id: string, refundId: string, amount: number, more: More = {}, headers?: Headers) =>
      call('POST', `/orders/${id}/refunds`, { refundId, amount, reason: 'a test', ...more }, headers),
    complete: (id: string, refundId: string, headers?: Headers) =>
      call('POST', `/orders/${id}/refunds/${refundId}/completion`, undefined, headers),
    cancel: (id: string, more: More = {}, headers?: Headers) =>
      call('POST', `/orders/${id}/cancellation`, { reason: 'a test', ...more }, headers),
    read: (id: string, query = '') => call('GET', `/orders/${id}${query}`),
    history: (id: string, query = '') => call('GET', `/orders/${id}/events${query}`),
    /** A placed order, for what comes next. */
    placed: async (total = 8999, more: More = {}): Promise<string> => {
      const id = words.newId();
      const answer = await words.place(id, total, more);
      if (answer.status !== 201) throw new Error(`not placed: ${JSON.stringify(answer.body)}`);
      return id;
    },
  };
  return { call, ...words };
};

/** The type of a problem, for expectations. */
export const problemType = (code: string): string => `urn:orderlog:problem:${code}`;
