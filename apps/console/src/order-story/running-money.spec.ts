import { expect, it } from '@jest/globals';
import { runningMoney } from './running-money.js';

const changed = (what: string, before: string | null, after: string) => ({ what, before, after, text: '' });

it('follows each sum from fact to fact, and says which fact moved it', () => {
  const after = runningMoney([
    { difference: [changed('total', null, '89.99 GBP'), changed('owed', null, '89.99 GBP')] },
    { difference: [changed('discount SAVE10', null, '10.00 GBP'), changed('total', '89.99 GBP', '79.99 GBP')] },
    { difference: [changed('captured', '0.00 GBP', '79.99 GBP'), changed('owed', '79.99 GBP', '0.00 GBP')] },
  ]);
  expect(after.map(({ total }) => total)).toEqual([
    { text: '89.99 GBP', moved: true, before: null },
    { text: '79.99 GBP', moved: true, before: '89.99 GBP' },
    { text: '79.99 GBP', moved: false, before: null },
  ]);
  expect(after.map(({ captured }) => captured.text)).toEqual(['0.00 GBP', '0.00 GBP', '79.99 GBP']);
  expect(after.map(({ refunded }) => refunded.text)).toEqual(['0.00 GBP', '0.00 GBP', '0.00 GBP']);
});

it('goes on from what stood before a later page of facts', () => {
  const stood = { currency: 'GBP', total: 79_99, captured: 50_00, refunded: 1_00, owed: 29_99 };
  const [after] = runningMoney([{ difference: [changed('owed', '29.99 GBP', '19.99 GBP')] }], stood);
  expect(after).toMatchObject({
    total: { text: '79.99 GBP', moved: false },
    captured: { text: '50.00 GBP' },
    refunded: { text: '1.00 GBP' },
    owed: { text: '19.99 GBP', moved: true, before: '29.99 GBP' },
  });
});

it('says nothing of money before any is named', () => {
  expect(runningMoney([{ difference: [changed('status', null, 'on-hold')] }])[0]?.total.text).toBe('–');
});
