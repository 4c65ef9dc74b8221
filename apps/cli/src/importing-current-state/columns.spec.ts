import { describe, expect, it } from '@jest/globals';
import { findColumns, mapping } from './columns.js';
import { tableColumns, tellsWhoSomeoneIs } from './table-columns.js';

const find = (columns: string[], map = '') => findColumns(columns, tableColumns, mapping(map, '--map'), '--map');

describe('the columns of a table', () => {
  it('are found by their names, however they are spelled', () => {
    expect(find(['Order_ID', 'totalAmount', 'STATUS', 'paid_amount', 'customer-id', 'updatedAt', 'notes'])).toEqual({
      of: {
        ...{ orderId: 'Order_ID', total: 'totalAmount', status: 'STATUS', captured: 'paid_amount' },
        ...{ customerId: 'customer-id', updatedAt: 'updatedAt' },
      },
      unread: ['notes'],
    });
  });

  it('are the ones that the user names, and an empty name is none', () => {
    expect(find(['id', 'no', 'amount', 'amount_due', 'paid'], 'orderId=no, total=amount_due,captured=')).toEqual({
      of: { orderId: 'no', total: 'amount_due' },
      unread: ['id', 'amount', 'paid'],
    });
    expect(find(['nr', 'total'], 'id=nr').of.orderId).toBe('nr');
  });

  it('are never guessed between', () => {
    expect(() => find(['id', 'order_id', 'total'])).toThrow('id and order_id could each be the orderId');
    expect(() => find(['id', 'total', 'amount'])).toThrow('total and amount could each be the total');
  });

  it('may be very many', () => {
    const columns = ['id', 'total', ...Array.from({ length: 300_000 }, (_, at) => `c${at}`)];
    expect(find(columns).of).toEqual({ orderId: 'id', total: 'total' });
    expect(() => find([...columns, 'c7'])).toThrow('the column c7 is there twice');
  });

  it('that are not there are named, with those that are', () => {
    expect(() => find(['id'], 'total=due')).toThrow('there is no column due for total');
    expect(() => find(['id'], 'colour=red')).toThrow('colour=… names no field');
    expect(() => find(['id', 'id'])).toThrow('there twice');
    expect(() => mapping('total', '--map')).toThrow('no field=column');
  });

  it('tell who someone is, or not, by their name', () => {
    const personal = ['customer_name', 'email', 'e-mail', 'phone', 'shipping_address', 'postcode', 'dob', 'ip'];
    expect(personal.filter((name) => !tellsWhoSomeoneIs(name))).toEqual([]);
    expect(['zone', 'notes', 'shipped', 'tip'].filter(tellsWhoSomeoneIs)).toEqual([]);
  });
});
