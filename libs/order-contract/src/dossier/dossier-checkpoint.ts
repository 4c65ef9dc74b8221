import type { KeyObject } from 'node:crypto';
import { parseInstant } from '@orderlog/instant';
import { inclusionHolds, leafHash } from '@orderlog/merkle-tree';
import { z } from 'zod';
import { signatureHolds } from '../checkpoint.js';

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

/** Proof that a fact of the order is among those that the audit has signed for: RFC 9162, 2.1.3. */
export const dossierCheckpoint = z
  .object({
    version: z.int().describe('of the fact that is proved; its hash stands for every fact of the order before it'),
    proof: z.array(hex(32)).describe('from its leaf to the root; its leaf’s index is its position − 1'),
    origin: z.string(),
    treeSize: z.int().describe('how many facts the audit has signed for'),
    rootHash: hex(32),
    issuedAt: z.string().describe('RFC 3339, UTC, with microseconds'),
    keyId: z.string().describe('the audit’s, another than the dossier’s'),
    signature: hex(64).describe('Ed25519, over the RFC 8785 JSON of issuedAt, keyId, origin, rootHash and treeSize'),
    publicKey: z.string().describe('PEM; that it is the audit’s, only the key that you know by another way can tell'),
  })
  .meta({ id: 'DossierCheckpoint' });

export type DossierCheckpoint = z.output<typeof dossierCheckpoint>;

/** Why a dossier is without one, as its reader is told. */
export const withoutCheckpoint = {
  'no-audit': 'order-service was not told where the audit is, and could not ask it',
  'audit-away': 'the audit did not answer when the dossier was made',
  'not-yet': 'no fact of the order was under a signed checkpoint yet when the dossier was made',
  differs: 'the audit has no proof that these are the facts that it has signed for: run orderlog verify',
} as const;

export type WithoutCheckpoint = keyof typeof withoutCheckpoint;

/** What is wrong with the proof of a checkpoint; undefined: it holds. */
export function checkpointProblem(
  { version, proof, rootHash, issuedAt, signature, ...signed }: DossierCheckpoint,
  facts: readonly { version: number; position: number; hash: string }[],
  key: KeyObject,
): string | undefined {
  const fact = facts.find((each) => each.version === version);
  if (!fact) return `it is said to prove version ${version}, which is not in the dossier`;
  const root = Buffer.from(rootHash, 'hex');
  const at = parseInstant(issuedAt);
  const checkpoint = { ...signed, rootHash: root, issuedAt: at ?? 0, signature: Buffer.from(signature, 'hex') };
  if (at === undefined || !signatureHolds(checkpoint, key)) {
    return `its signature is not that of key ${signed.keyId} over it`;
  }
  const claim = {
    ...{ leaf: fact.position - 1, leafHash: leafHash(Buffer.from(fact.hash, 'hex')), size: signed.treeSize, root },
    proof: proof.map((hash) => Buffer.from(hash, 'hex')),
  };
  return inclusionHolds(claim)
    ? undefined
    : `version ${version} is not among the ${signed.treeSize} facts that it is over`;
}
