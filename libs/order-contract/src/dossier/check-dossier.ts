import type { KeyObject } from 'node:crypto';
import { emptyOrder, evolve, formatMoney } from '@orderlog/order-domain';
import { canonicalBytes, canonicalDocument, hashOf, noHash } from '../canonical-document.js';
import { publicKeyOf, keyIdOf } from '../checkpoint.js';
import { ContractError } from '../contract-error.js';
import { damageOf } from '../folded-state.js';
import { fromStored, type Data } from '../stored-fact.js';
import { checkpointProblem } from './dossier-checkpoint.js';
import {
  dossierFormat,
  signedDossier,
  type Dossier,
  type DossierFact,
  type DossierSignature,
  type RunningMoney,
} from './dossier.js';
import { runningMoneyOf } from './running-money.js';
import { dossierSignatureHolds, publicPemOf } from './sign-dossier.js';
import { recordedOf, toldOtherwise } from './told-again.js';

export interface DossierProblem {
  where: 'shape' | 'signature' | 'versions' | 'chain' | 'money' | 'head' | 'telling' | 'checkpoint';
  what: string;
}

export interface CheckedDossier {
  /** In the order in which they were met; empty: it holds. */
  problems: DossierProblem[];
  /** Undefined where it is no dossier at all. */
  dossier: Dossier | undefined;
  /** The key that the signature was checked with. */
  key: KeyObject | undefined;
}

/**
 * Checks a dossier with nothing but a public key: its signature; versions without a gap; the chain, computed again from
 * the facts' data; the money after every fact, folded again by the rules of an order; the head; all else that follows from
 * the facts, told again (not of the format before, in which sentences were other ones); and, where the audit gave its word for
 * the facts, that one of them is under the checkpoint that it signed.
 * @param content parsed JSON: `{dossier, signature}`
 * @param given the key that is known to be the issuer's; without it the one in the file, which proves no issuer
 * @param audit the key that is known to be the audit's; the same of it
 */
export function checkDossier(content: unknown, given?: KeyObject, audit?: KeyObject): CheckedDossier {
  const read = signedDossier.safeParse(content);
  if (!read.success) {
    const [issue] = read.error.issues;
    const what = `it is no dossier as this release makes and reads them: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`;
    return { problems: [{ where: 'shape', what }], dossier: undefined, key: given };
  }
  const { dossier, signature } = read.data;
  const problems: DossierProblem[] = [];
  const note = (where: DossierProblem['where'], what: string | undefined) => {
    if (what !== undefined) problems.push({ where, what });
  };
  const key = given ?? keyOf(signature.publicKey);
  if (!key) note('signature', 'the public key in it is none of Ed25519');
  else if (!dossierSignatureHolds((content as { dossier: unknown }).dossier, signature.value, key)) {
    note('signature', signatureProblem(key, signature.keyId, given !== undefined));
  } else note('signature', aboutSignatureProblem(signature, key));
  note('shape', besideProblem(content as object));
  note('versions', versionsProblem(dossier.facts));
  note('chain', chainProblem(dossier));
  note('money', moneyProblem(dossier));
  note('head', headProblem(dossier));
  // Of facts that are not what they were nothing follows.
  if (dossier.format === dossierFormat && !problems.some(({ where }) => ofTheFacts.includes(where))) {
    note('telling', tellingProblem(dossier, (content as { dossier: unknown }).dossier));
  }
  note('checkpoint', checkpointOfDossierProblem(dossier, audit));
  return { problems, dossier, key };
}

const ofTheFacts: readonly DossierProblem['where'][] = ['versions', 'chain', 'money', 'head'];

function tellingProblem(dossier: Dossier, content: unknown): string | undefined {
  try {
    return toldOtherwise(dossier, content);
  } catch (error) {
    const damage = damageOf(dossier.facts.at(-1)!, error);
    if (!(damage instanceof ContractError)) throw error;
    return 'its facts cannot be told again: they do not say what facts have to say';
  }
}

function checkpointOfDossierProblem({ proofs: { checkpoint }, facts }: Dossier, given?: KeyObject): string | undefined {
  if (!checkpoint) return given && 'there is none in it, and so nothing that the audit’s key could prove';
  const key = given ?? keyOf(checkpoint.publicKey);
  if (!key) return 'the audit’s public key in it is none of Ed25519';
  if (given && keyIdOf(given) !== checkpoint.keyId)
    return `it was signed with key ${checkpoint.keyId}, and the audit’s key given is ${keyIdOf(given)}`;
  return checkpointProblem(checkpoint, facts, key);
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return publicKeyOf(pem);
  } catch {
    return undefined;
  }
}

const signatureProblem = (key: KeyObject, named: string, given: boolean): string =>
  given && keyIdOf(key) !== named
    ? `it was signed with key ${named}, and the key given is ${keyIdOf(key)}`
    : `the signature is not over this content: something in it was changed after it was signed`;

/** The signature cannot be over what says whose it is; all of that follows from the key. */
function aboutSignatureProblem({ keyId, publicKey, value }: DossierSignature, key: KeyObject): string | undefined {
  if (keyId !== keyIdOf(key)) return `it names the key ${keyId}, and was signed with ${keyIdOf(key)}`;
  if (publicKey !== publicPemOf(key)) return 'the public key in it is not the one that it was signed with';
  return Buffer.from(value, 'base64').toString('base64') === value ? undefined : 'it is not written as it was issued';
}

/** What may stand beside what is signed; whoever reads the file must not take anything else for a part of it. */
const beside = ['dossier', 'signature', 'customer'];

function besideProblem(content: object): string | undefined {
  const more = Object.keys(content).filter((name) => !beside.includes(name));
  return more.length === 0 ? undefined : `it holds ${more.join(', ')} beside the dossier, which nobody has signed`;
}

function versionsProblem(facts: readonly DossierFact[]): string | undefined {
  for (const [index, { version, position }] of facts.entries()) {
    const before = facts[index - 1];
    if (version !== index + 1)
      return `version ${index + 1} is missing: ${before ? `after version ${before.version}` : 'at the start'} comes version ${version}`;
    if (before && position <= before.position)
      return `version ${version} stands at position ${position}, before version ${before.version}`;
  }
  return undefined;
}

function chainProblem({ orderId, facts }: Dossier): string | undefined {
  let previous: Buffer = noHash;
  for (const fact of facts) {
    const who = `version ${fact.version} (${fact.type})`;
    if (fact.previousHash !== previous.toString('hex')) {
      return `${who} does not continue the chain: its previous hash is not the hash of the fact before it`;
    }
    const recorded = recordedOf(orderId, fact);
    if (!recorded) return `${who} has a time that is none`;
    previous = hashOf(previous, canonicalBytes(canonicalDocument({ ...recorded, orderId })));
    if (fact.hash !== previous.toString('hex')) return `${who} is not what its hash says: it was changed`;
  }
  return undefined;
}

function moneyProblem({ facts, order: head }: Dossier): string | undefined {
  let order = emptyOrder;
  let latestOccurred = '';
  for (const fact of facts) {
    try {
      order = evolve(
        order,
        fromStored({ type: fact.type, schemaVersion: fact.schemaVersion, data: fact.data as Data }),
      );
    } catch (error) {
      const damage = damageOf(fact, error);
      if (!(damage instanceof ContractError)) throw error;
      return `version ${fact.version} cannot be read: ${damage.message}`;
    }
    const differs = moneyDiffers(fact.after.money, runningMoneyOf(order), head.currency);
    if (differs) return `after version ${fact.version} ${differs}`;
    if (fact.after.status !== order.status) {
      return `after version ${fact.version} the status says ${fact.after.status}, and the facts make it ${order.status}`;
    }
    // Times are texts of one form, which sort as the instants do.
    if (fact.recordedLate !== fact.occurredAt < latestOccurred) {
      return `version ${fact.version} is ${fact.recordedLate ? '' : 'not '}marked as recorded late, against its times`;
    }
    if (fact.occurredAt > latestOccurred) latestOccurred = fact.occurredAt;
  }
  return undefined;
}

function moneyDiffers(said: RunningMoney, made: RunningMoney, currency: string): string | undefined {
  for (const [name, amount] of Object.entries(made) as [keyof RunningMoney, number][]) {
    if (said[name] !== amount) {
      return `${name} says ${formatMoney(said[name], currency)}, and the facts make it ${formatMoney(amount, currency)}`;
    }
  }
  return undefined;
}

function headProblem({ order, facts, proofs }: Dossier): string | undefined {
  const last = facts.at(-1)!;
  if (order.version !== last.version)
    return `the order is said to be at version ${order.version}, and the last fact is ${last.version}`;
  if (order.status !== last.after.status)
    return `the order is said to be ${order.status}, and its last fact left it ${last.after.status}`;
  const differs = moneyDiffers(order.money, last.after.money, order.currency);
  if (differs) return `of the order, ${differs}`;
  const { head } = proofs.chain;
  if (head.version !== last.version || head.hash !== last.hash) return 'the head of the chain is not the last fact';
  const { store } = proofs;
  if (store.position < last.position) return 'the store is said to end before the order’s last fact';
  return store.position === last.position && store.hash !== last.hash
    ? 'the store’s last fact is said to be another at the position of the order’s last'
    : undefined;
}
