import { hash } from 'node:crypto';

const blockBytes = 64;
const hashBytes = 32;

/**
 * HMAC-SHA-256 (RFC 2104) of texts under one secret, 32 bytes each. From two hashes in one shot, with the padded key
 * laid out once: createHmac makes a native object a text, and was a twentieth of what an order with a key cost.
 */
export function keyedHash(secret: string): (text: string) => Buffer {
  const key = Buffer.alloc(blockBytes);
  const given = Buffer.from(secret, 'utf8');
  (given.length > blockBytes ? hash('sha256', given, 'buffer') : given).copy(key);
  const outer = Buffer.concat([key.map((byte) => byte ^ 0x5c), Buffer.alloc(hashBytes)]);
  let inner = Buffer.concat([key.map((byte) => byte ^ 0x36), Buffer.alloc(4096)]);
  return (text) => {
    const most = blockBytes + 3 * text.length;
    if (inner.length < most) inner = Buffer.concat([inner.subarray(0, blockBytes)], most);
    const end = blockBytes + inner.write(text, blockBytes, 'utf8');
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), blockBytes, 'latin1');
    return Buffer.from(hash('sha256', outer, 'binary'), 'latin1');
  };
}
