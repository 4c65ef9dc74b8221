import { describe, expect, it } from '@jest/globals';
import { evolve, fold, isLoose } from './evolve.js';
import {
  cancel,
  cancelled,
  capture,
  contradicting,
  discount,
  given,
  imported,
  importedAgain,
  refund,
  resolve,
  resolved,
  update,
} from './given-when-then.js';
import { emptyOrder } from './order.js';
import type { Fact, OrderEvent } from './order-event.js';

describe('an imported order', () => {
  it('stands where its row said, with its history before unknown', () => {
    expect(given(imported()).order).toMatchObject({ status: 'placed', imported: { evidence: 0, gaps: 0 }, hold: null });
    expect(given(imported({ captured: 20_00 })).order.status).toBe('partly-captured');
    expect(given(imported({ captured: 50_00, refunded: 50_00 })).order.status).toBe('refunded');
  });

  it('is cancelled where all of its rows say so', () => {
    const claims = [{ total: 50_00, status: 'cancelled', origin: 'orders.csv:2' }];
    expect(given(imported({ claims })).order.status).toBe('cancelled');
  });

  it('is on hold while its rows contradict each other, and refuses all but a decision', () => {
    const { claims } = contradicting() as Extract<OrderEvent, { type: 'OrderImported' }>;
    const held = given(contradicting());
    expect(held.order.status).toBe('on-hold');
    for (const command of [update(1_00), discount(), capture(), refund(), cancel()]) {
      held.when(command).thenRefused('order-on-hold', { currency: 'GBP', claims });
    }
    held
      .when(resolve({ total: 45_00 }))
      .thenHappened({ type: 'OrderHoldResolved', decision: 'the invoice says so', total: 45_00 })
      .thenOrder({ status: 'placed', total: 45_00, hold: { claims, decision: 'the invoice says so' } });
    held.when(resolve()).thenHappened({ type: 'OrderHoldResolved', total: null }).thenOrder({ total: 50_00 });
  });

  it('is not on hold where its rows say the same', () => {
    const row = { total: 50_00, status: 'placed', origin: 'orders.csv:2' };
    expect(given(imported({ claims: [row, { ...row, origin: 'orders.csv:3' }] })).order.status).toBe('placed');
  });

  it('is on hold where its rows differ in what was captured, in the currency or in the customer, too', () => {
    const row = { total: 50_00, status: 'placed', origin: 'orders.csv:2', captured: 0 };
    for (const other of [{ captured: 50_00 }, { currency: 'EUR' }, { customerId: 'c-2' }, { status: 'paid' }]) {
      expect(given(imported({ claims: [row, { ...row, ...other }] })).order.status).toBe('on-hold');
    }
    expect(given(imported({ claims: [row, { ...row, updatedAt: 1 }] })).order.status).toBe('placed');
  });

  it('is cancelled in the words of its table', () => {
    const said = (status: string) => given(imported({ claims: [{ total: 50_00, status, origin: 'x:2' }] })).order;
    expect(['CANCELED', ' Cancelled '].map((status) => said(status).cancelled)).toEqual([true, true]);
    expect(said('cancellation asked for').cancelled).toBe(false);
  });

  it('is resolved once, and never below what is captured', () => {
    given(imported()).when(resolve()).thenRefused('order-not-on-hold', { decision: null });
    const so = { decision: 'the invoice says so', currency: 'GBP' };
    given(contradicting(), resolved({ total: 45_00 }))
      .when(resolve({ total: 50_00 }))
      .thenRefused('order-not-on-hold', { ...so, total: 45_00 });
    given(contradicting(), resolved())
      .when(resolve({ decision: 'the shop says so' }))
      .thenRefused('order-not-on-hold', { ...so, total: 50_00 });
    given({ ...contradicting(), captured: 46_00 } as OrderEvent)
      .when(resolve({ total: 45_00 }))
      .thenRefused('resolution-below-captured', { captured: 46_00 });
  });

  it('that is told the decision again hears that it is so', () => {
    given(contradicting(), resolved()).when(resolve()).thenNothingNew();
    for (const total of [45_00, undefined]) {
      const again = resolve({ ...(total !== undefined && { total }) });
      given(contradicting(), resolved({ total: 45_00 }))
        .when(again)
        .thenNothingNew();
      given(contradicting(), resolved({ total: 45_00 }), cancelled())
        .when(again)
        .thenNothingNew();
    }
    given(imported()).when(resolve()).thenRefused('order-not-on-hold', { decision: null });
  });

  it('is on hold again where a later import contradicts what was known, and keeps its money', () => {
    const first = imported({ captured: 20_00 });
    const again = importedAgain();
    const { order } = given(first, again);
    const claims = [first, again].flatMap((fact) => (fact as Fact<'OrderImported'>).claims);
    expect(order).toMatchObject({ status: 'on-hold', total: 50_00, captured: 20_00, hold: { claims, decision: null } });
    given(first, again)
      .when(resolve({ total: 45_00 }))
      .thenOrder({ status: 'partly-captured', total: 45_00 });
    given(first, again, resolved({ total: 45_00 }), importedAgain())
      .when(capture())
      .thenRefused('order-on-hold');
  });

  it('stays as it was where a later import only adds evidence', () => {
    const evidence = [{ what: 'total 89.99 → 79.99 GBP', origin: 'audit_log.csv:3' }];
    const added = importedAgain({ claims: [], contradicts: false, evidence, evidenceLeftOut: 4 });
    expect(given(imported(), added).order).toMatchObject({ status: 'placed', hold: null, imported: { evidence: 5 } });
    expect(given(contradicting(), added).order.status).toBe('on-hold');
    expect(given(contradicting(), resolved(), added).order.status).toBe('placed');
  });

  it('goes on as any other', () => {
    given(contradicting(), resolved({ total: 45_00 }))
      .when(capture({ amount: 45_00 }))
      .thenOrder({ status: 'captured' });
  });
});

describe('facts that name no sale', () => {
  const returned: OrderEvent = {
    type: 'ReturnRecorded',
    customerId: 'c-1',
    currency: 'GBP',
    lines: [{ line: 1, sku: 'TEAPOT', quantity: 1, amount: 9_95, unitPrice: 9_95 }],
    amount: 9_95,
  };
  const adjusted: OrderEvent = {
    type: 'AdjustmentRecorded',
    customerId: null,
    currency: 'GBP',
    lines: [{ line: 1, sku: 'B', quantity: 1, amount: -11_062_06, unitPrice: -11_062_06 }],
    amount: -11_062_06,
  };

  it('make a stream of their own that says where the money went', () => {
    expect(evolve(emptyOrder, returned)).toMatchObject({ status: 'refunded', currency: 'GBP', total: 0, captured: 0 });
    expect(evolve(emptyOrder, adjusted)).toMatchObject({ status: 'captured', loose: [{ amount: -11_062_06 }] });
    expect(isLoose(fold([returned]))).toBe(true);
  });

  it('are nothing that a command could change', () => {
    for (const command of [update(1_00), discount(), capture(), refund(), cancel(), resolve()]) {
      given(returned).when(command).thenRefused('not-an-order');
    }
  });
});
