import { readFileSync } from 'node:fs';
import { parseInstant } from '@orderlog/instant';
import type { CheckpointMessage } from '@orderlog/order-contract';
import { z } from 'zod';
import { CommandFailed, messageOf } from '../terminal/command-failed.js';

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `is not ${bytes} bytes in hexadecimal`);
const kept = z.object({
  origin: z.string(),
  treeSize: z.int().min(1),
  rootHash: hex(32),
  issuedAt: z.string().refine((text) => parseInstant(text) !== undefined, 'is not a time'),
  keyId: z.string(),
  signature: hex(64),
});

/** Reads a checkpoint that somebody has put by, as `GET /audit/checkpoints` lists it. @throws CommandFailed */
export function readKeptCheckpoint(path: string): CheckpointMessage {
  try {
    const { rootHash, issuedAt, signature, ...rest } = kept.parse(JSON.parse(readFileSync(path, 'utf8')));
    return {
      ...rest,
      ...{ rootHash: Buffer.from(rootHash, 'hex'), signature: Buffer.from(signature, 'hex') },
      issuedAt: parseInstant(issuedAt)!,
    };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new CommandFailed(
      `${path} holds no checkpoint: ${why}`,
      'It is one of the objects that GET /audit/checkpoints lists, as it stood there.',
      { cause },
    );
  }
}
