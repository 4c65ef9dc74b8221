import {
  checkpointProblem,
  publicKeyOf,
  type DossierCheckpoint,
  type RecordedFact,
  type WithoutCheckpoint,
} from '@orderlog/order-contract';
import { z } from 'zod';

const checkpoint = z.object({
  origin: z.string(),
  treeSize: z.int(),
  rootHash: z.string(),
  issuedAt: z.string(),
  keyId: z.string(),
  signature: z.string(),
});
const checkpoints = z.object({ checkpoints: z.array(checkpoint) });
const inclusion = z.object({ proof: z.array(z.string()), checkpoint });
const key = z.object({ keyId: z.string(), publicKey: z.string() });
const keys = key.extend({ earlier: z.array(key) });

/** All that is asked for one dossier; it is made without the audit's word rather than late. */
const patienceMs = 2_000;

/** Asks the audit, which is a witness of its own, to prove that an order's facts are among those that it has signed for. */
export class AuditsWord {
  /** @param url empty: nobody said where the audit is */
  constructor(private readonly url: string) {}

  /** For the last fact that a checkpoint is over: its hash stands for all facts of the order before it. */
  async of(orderId: string, facts: readonly RecordedFact[]): Promise<DossierCheckpoint | WithoutCheckpoint> {
    if (this.url === '') return 'no-audit';
    const signal = AbortSignal.timeout(patienceMs);
    const ask = async (path: string): Promise<Response> => fetch(new URL(path, this.url), { signal });
    try {
      const [latest] = checkpoints.parse(await answerOf(await ask('/audit/checkpoints?limit=1'))).checkpoints;
      const fact = facts.findLast(({ position }) => position <= (latest?.treeSize ?? 0));
      if (!fact) return 'not-yet';
      const proved = await ask(`/audit/orders/${encodeURIComponent(orderId)}/proof?version=${fact.version}`);
      if (proved.status === 404 || proved.status === 409) return 'differs';
      const { proof, checkpoint: signed } = inclusion.parse(await answerOf(proved));
      const { earlier, ...today } = keys.parse(await answerOf(await ask('/audit/checkpoints/public-key')));
      const signedWith = [today, ...earlier].find(({ keyId }) => keyId === signed.keyId);
      if (!signedWith) return 'differs';
      const word = { version: fact.version, proof, ...signed, publicKey: signedWith.publicKey };
      const holds = !checkpointProblem(word, [inHex(fact)], publicKeyOf(word.publicKey));
      return holds ? word : 'differs';
    } catch {
      return 'audit-away'; // the dossier says so; what it says of the facts does not depend on it
    }
  }
}

const inHex = ({ version, position, hash }: RecordedFact) => ({ version, position, hash: hash.toString('hex') });

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the audit answered ${response.status}`);
  return response.json();
}
