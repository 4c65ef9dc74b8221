import { describe, expect, it } from '@jest/globals';
import { fromPrintedBytes, readLine } from './console-consumer.js';

describe("what Kafka's console consumer prints", () => {
  it('is read back to the bytes that it stands for', () => {
    expect(fromPrintedBytes('\\x00\\x00\\x05Hi\\x5Cx41')).toEqual(Buffer.from('\0\0\u0005Hi\\x41', 'latin1'));
  });

  it('is read field by field', () => {
    expect(readLine('Partition:3\tOffset:17\torder-id:a:b,order-version:1\ta:1\t\\x00A')).toEqual({
      partition: 3,
      offset: 17,
      headers: { 'order-id': 'a:b', 'order-version': '1' },
      key: 'a:1',
      value: Buffer.from('\0A'),
    });
  });
});
