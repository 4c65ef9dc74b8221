import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, requestsOf } from './requests.js';

const row = (seq: number, bytes: number) => ({
  seq,
  record: { topic: 't', key: `k${seq}`, value: Buffer.alloc(bytes), headers: { 'order-id': 'ü' }, timestampMs: 0 },
});

describe('requests', () => {
  it('hold all rows in their order, none above the limit but a row that is too large by itself', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(900)), (sizes) => {
        const rows = sizes.map((bytes, index) => row(index, bytes));
        const requests = requestsOf(rows, 1_000);
        expect(requests.flatMap((request) => request.rows)).toEqual(rows);
        for (const { rows: own, bytes } of requests) {
          expect(bytes).toBe(own.reduce((sum, one) => sum + bytesOf(one), 0));
          expect(bytes <= 1_000 || own.length === 1).toBe(true);
        }
      }),
    );
  });

  it('send a row alone that is above the limit', () => {
    const sizes = requestsOf([row(1, 10), row(2, 5_000), row(3, 10)], 1_000).map(({ rows }) => rows.length);
    expect(sizes).toEqual([1, 1, 1]);
  });
});
