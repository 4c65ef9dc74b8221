import { expect, it } from '@jest/globals';
import { murmur2, partitionOf } from './partition.js';

/** What org.apache.kafka.common.utils.Utils says of kafka-clients 4.3: murmur2, and toPositive(murmur2) % 6. */
const saidByJava: [text: string, hash: number, partitionOfSix: number][] = [
  ['', 275646681, 3],
  ['a', -1563381124, 4],
  ['ab', 316155434, 2],
  ['abc', 479470107, 3],
  ['abcd', -1323649548, 2],
  ['order-8471', -242856486, 2],
  ['8471', 1933546794, 0],
  ['ORD-2026-000001', -59038343, 3],
  ['019abc12-7def-7000-8000-0123456789ab', 1390123962, 0],
  ['489434', -1759882756, 4],
  ['C489449', 125184324, 0],
  ['A506401', -1592798364, 2],
  ['x.y_z-0', -1266148185, 5],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._', 2062838695, 1],
  ['é', 186971271, 3],
  ['注文', -491775137, 3],
  ['😀x', -1018136956, 4],
  ['\u00ff\u0080zz', -1103360203, 1],
];

it.each(saidByJava)('%j hashes and falls as in Java', (text, hash, partition) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
  expect(partitionOf(text)).toBe(partition);
});
