import { describe, expect, it } from '@jest/globals';
import type { CommandRow } from './commands.sql.js';
import { wrongCommand } from './verify-commands.js';

const payment: CommandRow = {
  ...{ scope: 'POST /orders/:orderId/payments', key: 'k-1', order: 'o-1', version: '2', status: '201' },
  ...{ hashBytes: 32, sameKey: 1, sameFact: 1, position: '7', type: 'PaymentCaptured' },
  commandId: '0192f0c1-7d0e-8cc3-98c4-dc0c0c073990',
};

describe('what was answered under a key', () => {
  it.each<[string, Partial<CommandRow>]>([
    ['a payment', {}],
    [
      'one that was captured before, by whomever',
      { status: '200', type: 'DiscountApplied', commandId: null, sameFact: 0 },
    ],
    ['one that was refused', { status: '422', type: 'OrderPlaced', commandId: null, sameFact: 0 }],
    ['an order that was refused', { status: '422', version: '0', position: null, type: null, scope: 'POST /orders' }],
    [
      'an erasure',
      {
        scope: 'POST /customers/:customerId/erasure',
        order: 'customers/c-1',
        version: '0',
        status: '200',
        position: null,
      },
    ],
    ['a command of a newer release', { scope: 'POST /orders/:orderId/gifts', type: 'GiftAdded' }],
  ])('may be %s', (_what, row) => expect(wrongCommand({ ...payment, ...row })).toBeUndefined());

  it.each<[Partial<CommandRow>, string]>([
    [{ scope: null }, 'it is not said what was answered'],
    [{ key: null }, 'it is not said what was answered'],
    [{ order: null }, 'it is not said what was answered'],
    [{ status: '500' }, 'the status is said to be 500'],
    [{ status: null }, 'the status is said to be null'],
    [{ hashBytes: 31 }, 'the hash of the request has 31 bytes instead of 32'],
    [{ sameKey: 2 }, 'there are 2 rows'],
    [{ version: '9', position: null }, 'the order is said to have stood at version 9, which the store does not have'],
    [{ version: '0', position: null, status: '200' }, 'the order is said to have stood at version 0'],
    [{ sameFact: 2 }, '2 commands are said to have made this fact'],
    [{ commandId: '0192f0c1-7d0e-4cc3-98c4-dc0c0c073990' }, 'it was made by a command without a key'],
    [{ commandId: null }, 'it was made by a command without a key'],
    [{ type: 'DiscountApplied' }, 'a fact PaymentCaptured is said to have been made, and it is DiscountApplied'],
    [{ scope: 'POST /customers/:customerId/erasure' }, 'the row is not that of an erasure'],
  ])('cannot be %j', (row, what) => expect(wrongCommand({ ...payment, ...row })).toContain(what));
});
