import { BinaryFields } from './binary-fields.js';

/** Array parameters in Postgres's binary format; pg sends a Buffer as binary. */
export const textArray = (values: readonly string[]): Buffer =>
  binaryArray(25, values, (elements, text) => elements.putText(text));

export const bigintArray = (values: readonly number[]): Buffer =>
  binaryArray(20, values, (elements, integer) => elements.putBigint(integer));

export const byteaArray = (values: readonly (Buffer | null)[]): Buffer =>
  binaryArray(17, values, (elements, bytes) => elements.putBytes(bytes));

export function binaryArray<Value>(
  elementType: number,
  values: readonly (Value | null)[],
  put: (elements: Elements, value: Value) => void,
): Buffer {
  const elements = new Elements(headOf(elementType, values));
  for (const value of values) {
    if (value === null) elements.putNull();
    else put(elements, value);
  }
  return elements.finish();
}

class Elements extends BinaryFields {
  finish(): Buffer {
    return this.bytes.subarray(0, this.end);
  }
}

function headOf(elementType: number, values: readonly unknown[]): Buffer {
  const isEmpty = values.length === 0;
  const head = Buffer.allocUnsafe(isEmpty ? 12 : 20);
  head.writeInt32BE(isEmpty ? 0 : 1, 0); // dimensions
  head.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  head.writeInt32BE(elementType, 8);
  if (isEmpty) return head;
  head.writeInt32BE(values.length, 12);
  head.writeInt32BE(1, 16); // counted from one
  return head;
}
