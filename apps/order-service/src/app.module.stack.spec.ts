import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { orderView } from './orders/order-view.js';
import { runningService, type TestService } from './test-kit/running-service.js';
import { telling } from './test-kit/telling.js';

let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { call, placed } = telling(() => service);

interface OpenApi {
  paths: Record<string, Record<string, { requestBody?: object; responses: Record<string, { content?: object }> }>>;
  components: { schemas: Record<string, { example?: unknown }> };
}

describe('the service', () => {
  it('boots with every part that it has, and is ready', async () => {
    expect(await call('GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(await call('GET', '/health/live')).toMatchObject({ status: 200 });
  });

  it('describes every call with what goes in, what comes out, and an example', async () => {
    const { body } = await call('GET', '/openapi.json');
    const { paths, components } = body as unknown as OpenApi;
    expect(
      Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
    ).toEqual(
      expect.arrayContaining([
        'post /orders',
        'put /orders/{orderId}/lines',
        'post /orders/{orderId}/discounts',
        'post /orders/{orderId}/payments',
        'post /orders/{orderId}/refunds',
        'post /orders/{orderId}/refunds/{refundId}/completion',
        'post /orders/{orderId}/cancellation',
        'post /orders/{orderId}/resolution',
        'get /orders/{orderId}',
        'get /orders/{orderId}/events',
        'get /orders',
      ]),
    );
    for (const [path, methods] of Object.entries(paths).filter(([path]) => path.startsWith('/orders'))) {
      for (const [method, { responses, requestBody }] of Object.entries(methods)) {
        // A 304 has no body.
        const stated = Object.entries(responses).every(([status, { content }]) => status === '304' || content);
        expect([path, method, stated, method === 'get' || requestBody !== undefined]).toEqual([
          path,
          method,
          true,
          true,
        ]);
      }
    }
    for (const name of [
      'PlaceOrder',
      'UpdateLines',
      'ApplyDiscount',
      'CapturePayment',
      'InitiateRefund',
      'CancelOrder',
      'ResolveHold',
      'CompleteRefund',
      'Order',
      'OrderState',
      'OrderHistory',
      'Problem',
    ]) {
      expect([name, components.schemas[name]?.example]).toEqual([name, expect.anything()]);
    }
  });

  it('takes the examples of its description as they stand', async () => {
    const { body } = await call('GET', '/openapi.json');
    const examples = (name: string) => (body as unknown as OpenApi).components.schemas[name]?.example as object;
    const id = (await call('POST', '/orders', { ...examples('PlaceOrder'), orderId: undefined })).body.orderId;
    expect(await call('PUT', `/orders/${id}/lines`, examples('UpdateLines'))).toMatchObject({ status: 200 });
    expect(await call('POST', `/orders/${id}/discounts`, examples('ApplyDiscount'))).toMatchObject({ status: 201 });
    expect(await call('POST', `/orders/${id}/payments`, examples('CapturePayment'))).toMatchObject({ status: 201 });
    expect(await call('POST', `/orders/${id}/refunds`, examples('InitiateRefund'))).toMatchObject({ status: 201 });
    expect(await call('POST', `/orders/${id}/refunds/r-1/completion`, examples('CompleteRefund'))).toMatchObject({
      status: 200,
    });
  });

  it('answers as its description says', async () => {
    const id = await placed();
    for (const answer of [
      await call('GET', `/orders/${id}`),
      await call('POST', `/orders/${id}/payments`, { paymentId: 'p', amount: 5 }),
    ]) {
      expect(z.safeParse(orderView, answer.body).error).toBeUndefined();
    }
  });

  it('has a page to try it in', async () => {
    expect((await call('GET', '/docs')).body['text']).toContain('order-service · orderlog');
  });

  it('counts what it does', async () => {
    await placed();
    const { body } = await call('GET', '/metrics');
    expect(body['text']).toMatch(
      /http_request_seconds_count\{app="order-service",method="POST",route="\/orders",status="201"\} \d+/,
    );
    expect(body['text']).toMatch(/orders_commands_waiting\{app="order-service"\} 0/);
  });
});
