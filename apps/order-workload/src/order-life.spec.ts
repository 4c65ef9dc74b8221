import { describe, expect, it } from '@jest/globals';
import { catalogue } from './catalogue.js';
import { orderLife, type Step } from './order-life.js';

const lives = Array.from({ length: 3_000 }, (_, index) => orderLife('test', index));
const steps = lives.flatMap((life) => life.steps);
const having = (what: string) => steps.filter((step) => step.idempotencyKey.endsWith(what));

describe('the lives of orders', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(orderLife('a', 7)).toEqual(orderLife('a', 7));
    expect(orderLife('a', 7).steps[0]!.body.lines).not.toEqual(orderLife('b', 7).steps[0]!.body.lines);
  });

  it('hold all that can happen to an order', () => {
    for (const what of [
      'updated',
      'coupon',
      'paid-2',
      'refunded',
      'refund-done',
      'cancelled',
      'placed-by-another',
      'paid-too-much',
    ]) {
      expect([what, having(what).length]).toEqual([what, expect.any(Number)]);
      expect(having(what).length).toBeGreaterThan(10);
    }
    const repeats = steps.filter((step) => step.expect.outcome === 'repeat');
    expect(repeats.length).toBeGreaterThan(100);
    expect(new Set(steps.map((step) => step.actor)).size).toBeGreaterThan(6);
    expect(
      new Set(steps.filter((step) => step.path === '/orders').map((step) => step.body.customerId)).size,
    ).toBeGreaterThan(40);
  });

  it('repeat a request word for word', () => {
    for (const { steps } of lives) {
      steps.forEach((step, at) => {
        if (step.expect.outcome !== 'repeat') return;
        const { delayMs: _, expect: __, ...first } = steps[at - 1]!;
        expect(step).toMatchObject(first);
      });
    }
  });

  it('pay what is owed and give back no more than was paid', () => {
    const sum = (all: Step[]) => all.reduce((total, step) => total + (step.body.amount as number), 0);
    for (const { orderId, steps } of lives) {
      const facts = steps.filter((step) => step.expect.outcome === 'fact');
      const of = (what: string) => facts.filter((step) => step.path.endsWith(what));
      const last = [...of('/orders'), ...of('/lines')].at(-1)!.body.lines as { quantity: number; unitPrice: number }[];
      const total = last.reduce((all, line) => all + line.quantity * line.unitPrice, 0) - sum(of('/discounts'));
      const paid = sum(of('/payments'));
      expect([orderId, paid]).toEqual([orderId, paid === 0 ? 0 : total]);
      expect(sum(of('/refunds'))).toBeLessThanOrEqual(paid);
    }
  });

  it('use IDs that order-service takes', () => {
    for (const { orderId } of lives) expect(orderId).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    expect(new Set(catalogue.map(([sku]) => sku)).size).toBe(40);
  });
});
