import { noHash } from '@orderlog/event-store';
import { formatInstant, type Instant } from '@orderlog/instant';
import { contradict, type OrderEvent } from '@orderlog/order-domain';

/** A fact of an order as the audit has heard it. */
export interface HeardFact {
  version: number;
  digest: string;
  type: string;
  previousHash: Buffer;
  hash: Buffer;
  /** Null: of a type that the audit did not know. */
  hashHolds: boolean | null;
  fact: OrderEvent | null;
}

/** A second order that was attempted under the ID, with another content. */
export interface HeardDuplicate {
  commandId: string;
  actor: string | null;
  currency: string | null;
  amount: number | null;
  existingTotal: number | null;
  /** Of the existing order, where it is another than the attempt's. */
  existingCurrency: string | null;
  attemptedAt: Instant;
}

export interface HeardTombstone {
  version: number;
  topic: string;
  partition: number;
  offset: number;
}

/** What is wrong with an order: its kind, of what of the order, and the particulars. */
export interface Wrong {
  kind: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** What a fact says of an order's money, in minor units; null: nothing. `claims`: how many contradict each other. */
export interface SaysOfMoney {
  currency: string | null;
  total: number | null;
  captured: number | null;
  refunded: number | null;
  claims: number | null;
}

export function saysOfMoney(fact: OrderEvent | null): SaysOfMoney {
  const says: SaysOfMoney = { currency: null, total: null, captured: null, refunded: null, claims: null };
  switch (fact?.type) {
    case 'OrderPlaced':
    case 'OrderUpdated':
    case 'DiscountApplied':
      return { ...says, currency: fact.currency, total: fact.total };
    case 'PaymentCaptured':
      return { ...says, currency: fact.currency, captured: fact.amount };
    case 'RefundInitiated':
      return { ...says, currency: fact.currency, refunded: fact.amount };
    case 'OrderHoldResolved':
      return { ...says, total: fact.total };
    case 'OrderImported': {
      const { currency, total, captured, refunded, claims } = fact;
      return { currency, total, captured, refunded, claims: contradict(claims) ? claims.length : null };
    }
    case 'OrderImportedAgain':
      return { ...says, claims: fact.contradicts ? fact.claims.length + 1 : null };
    default:
      return says;
  }
}

/**
 * What the audit has to find of an order, by the rule of its documentation and not by its own statement, whose mistakes a
 * check must not share.
 * @param facts all contents of all versions, by version and then by digest
 */
export function whatIsWrong(
  facts: readonly HeardFact[],
  duplicates: readonly HeardDuplicate[] = [],
  tombstones: readonly HeardTombstone[] = [],
): Wrong[] {
  const wrong: Wrong[] = [];
  const find = (kind: string, subject: string, detail: Record<string, unknown>): number =>
    wrong.push({ kind, subject, detail });
  const decidedAt = Math.max(0, ...facts.filter(({ type }) => type === 'OrderHoldResolved').map((one) => one.version));
  let before = { version: 0, hashes: [noHash as Uint8Array] };
  let total: number | null = null;
  let capturedByNow = 0;
  let refundedByNow = 0;
  for (const contents of byVersion(facts)) {
    const { version } = contents[0]!;
    const v = `v${version}`;
    const says = contents.map(({ fact }) => saysOfMoney(fact));
    // A version may have several contents: the chain holds where any two of them link, and the largest sum counts.
    const largest = (of: 'total' | 'captured' | 'refunded' | 'claims'): number | null => {
      const sums = says.map((one) => one[of]).filter((sum) => sum !== null);
      return sums.length === 0 ? null : Math.max(...sums);
    };
    const [from, to] = [before.version + 1, version - 1];
    if (version > before.version + 1) find('gap', from === to ? `v${from}` : `v${from}-v${to}`, { from, to });
    else if (!contents.some(({ previousHash }) => before.hashes.some((hash) => previousHash.equals(hash)))) {
      find('broken-chain', v, { version });
    }
    for (const { digest, hash, hashHolds } of contents) {
      if (hashHolds !== false) continue;
      find('hash-mismatch', `${v}/${digest.slice(0, 12)}`, {
        version,
        claimed: hash.toString('hex'),
        computed: digest,
      });
    }
    if (contents.length > 1) find('content-differs', v, { version, digests: contents.map(({ digest }) => digest) });

    total = largest('total') ?? total;
    const [captured, refunded, claims] = [largest('captured'), largest('refunded'), largest('claims')];
    capturedByNow += captured ?? 0;
    refundedByNow += refunded ?? 0;
    const imported = contents.some(({ type }) => type === 'OrderImported');
    if (captured !== null && !imported && total !== null && capturedByNow > total) {
      find('captured-over-total', v, { version, captured: capturedByNow, total });
    }
    if (refunded !== null && refundedByNow > capturedByNow) {
      find('refunded-over-captured', v, { version, refunded: refundedByNow, captured: capturedByNow });
    }
    if (claims !== null && claims > 1 && decidedAt < version) find('conflicting-claims', v, { version, claims });
    for (const [at, { kind, what, after, before: earlier }] of gapsOf(contents[0]!.fact).entries()) {
      find('evidence-gap', `${v}/${at + 1}`, { version, kind, what, after, before: earlier });
    }
    before = { version, hashes: contents.map(({ hash }) => hash) };
  }
  for (const { commandId, actor, currency, amount, existingTotal, existingCurrency, attemptedAt } of duplicates) {
    const detail = { commandId, actor, currency, attemptedTotal: amount, existingTotal, existingCurrency };
    find('duplicate-order', commandId, { ...detail, attemptedAt: formatInstant(attemptedAt) });
  }
  for (const { version, topic, partition, offset } of tombstones) {
    find('tombstone', `v${version} at ${partition}/${offset}`, { version, topic, partition, offset });
  }
  return wrong;
}

function byVersion(facts: readonly HeardFact[]): HeardFact[][] {
  const versions: HeardFact[][] = [];
  for (const fact of facts) {
    if (versions.at(-1)?.[0]!.version === fact.version) versions.at(-1)!.push(fact);
    else versions.push([fact]);
  }
  return versions;
}

const gapsOf = (fact: OrderEvent | null) =>
  fact?.type === 'OrderImported' || fact?.type === 'OrderImportedAgain' ? fact.gaps : [];
