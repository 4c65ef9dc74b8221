import { createHash } from 'node:crypto';
import { contradict, isCurrency, notInTable, type Claim, type Fact, type LoggedPast } from '@orderlog/order-domain';
import { minorOfLogged } from './amounts.js';
import type { Logged, LogAbout } from './evidence-of.js';
import { valueOf } from './read-log-entry.js';
import type { ClaimedRow } from './read-row.js';

/** All that the source says of one order. */
export interface OrderToImport {
  orderId: string;
  /** Absent where the table has no row of it, and the log does. */
  rows: ClaimedRow[];
  fact: Fact<'OrderImported'>;
  fingerprint: string;
}

/** What an import's command IDs begin with. */
export const importCommand = 'import-current-state:';

/** @param rows at least one; until a person decides, the order stands as the first of them says */
export function importedFrom(rows: readonly ClaimedRow[], past: LoggedPast): Fact<'OrderImported'> {
  const { claim, currency, captured, refunded } = rows[0]!;
  return {
    type: 'OrderImported',
    customerId: claim.customerId ?? null,
    currency,
    total: claim.total,
    captured,
    refunded,
    claims: withCurrencies(rows),
    ...past,
  };
}

/** A row that names no currency says the same as one that names what it is read in: where some name theirs, all do. */
function withCurrencies(rows: readonly ClaimedRow[]): Claim[] {
  const someName = rows.some(({ claim }) => claim.currency !== undefined);
  return rows.map(({ claim, currency }) => (someName ? { ...claim, currency } : claim));
}

/**
 * An order that the table no longer has, as its log last knew it: two claims that contradict each other, the log's and
 * that of the table, which is silent. So it is on hold, and a person says whether there ever was such an order.
 * @returns undefined where the log does not say enough of it
 */
export function importedFromLog(
  { lastState, past }: Logged,
  source: string,
  { names, reading }: LogAbout,
): Fact<'OrderImported'> | undefined {
  if (!lastState) return undefined;
  const said = (field: Parameters<typeof valueOf>[1]) => valueOf(lastState.values, field, names)?.trim() || undefined;
  const currency = said('currency')?.toUpperCase() ?? reading.currency;
  if (currency === undefined || !isCurrency(currency)) return undefined;
  const amount = (field: 'total' | 'captured' | 'refunded') => {
    const text = said(field);
    const minor = text === undefined ? undefined : minorOfLogged(text, currency, reading);
    return typeof minor === 'number' ? minor : undefined;
  };
  const [total, captured, refunded] = [amount('total'), amount('captured'), amount('refunded')];
  if (total === undefined) return undefined;
  const customerId = said('customerId');
  const logged: Claim = {
    total,
    status: said('status')?.slice(0, 200) ?? '(no status)',
    origin: lastState.origin,
    ...(customerId !== undefined && !customerId.includes('@') && { customerId: customerId.slice(0, 200) }),
    ...(captured !== undefined && { captured }),
    ...(refunded !== undefined && { refunded }),
  };
  return {
    type: 'OrderImported',
    customerId: logged.customerId ?? null,
    currency,
    total,
    captured: captured ?? 0,
    refunded: refunded ?? 0,
    claims: [logged, notInTable(source)],
    ...past,
  };
}

/**
 * What the source says of an order, as a short text that stands in the metadata of its fact (`commandId`). It does not
 * depend on where the rows stood nor on their order: the same rows out of another file are the same.
 */
export function fingerprintOf({ currency, claims, evidence, gaps }: Fact<'OrderImported'>): string {
  const texts = [
    ...claims.map(claimText).sort(),
    '',
    ...evidence.map(evidenceText).sort(),
    '',
    ...gaps.map(gapText).sort(),
    currency,
  ];
  return importCommand + createHash('sha256').update(texts.join('\x1e')).digest('hex').slice(0, 32);
}

const claimText = ({ origin: _origin, ...content }: Claim): string => JSON.stringify(Object.entries(content).sort());
const evidenceText = ({ at, actor, what }: LoggedPast['evidence'][number]): string => JSON.stringify([at, actor, what]);
const gapText = ({ kind, what }: LoggedPast['gaps'][number]): string => JSON.stringify([kind, what]);

/** What is in one list beyond another: what stands in it three times, and in the other twice, is left once. */
function without<T>(all: readonly T[], before: readonly T[], text: (one: T) => string): T[] {
  const seen = new Map<string, number>();
  for (const one of before) seen.set(text(one), (seen.get(text(one)) ?? 0) + 1);
  return all.filter((one) => {
    const left = seen.get(text(one)) ?? 0;
    seen.set(text(one), left - 1);
    return left <= 0;
  });
}

/**
 * What this import says of an order beyond what earlier ones did.
 * @param known what they said, from the order's facts
 * @returns undefined where it says nothing new
 */
export function newInIt(
  fact: Fact<'OrderImported'>,
  known: { claims: readonly Claim[]; currency: string } & LoggedPast,
): Fact<'OrderImportedAgain'> | undefined {
  const said = ({ currency }: { currency: string }, claim: Claim): Claim => ({ currency, ...claim });
  // A claim that names no currency is read in the order's.
  const own = fact.currency === known.currency ? fact.claims : fact.claims.map((claim) => said(fact, claim));
  const claims = without(own, known.claims, claimText);
  const evidence = without(fact.evidence, known.evidence, evidenceText);
  const gaps = without(fact.gaps, known.gaps, gapText);
  if (claims.length + evidence.length + gaps.length === 0) return undefined;
  const more = (all: number, before: number, listed: number) => Math.max(0, all - before - listed);
  return {
    type: 'OrderImportedAgain',
    currency: fact.currency,
    claims,
    contradicts: claims.some((claim) =>
      known.claims.every((before) => contradict([said(known, before), said(fact, claim)])),
    ),
    evidence,
    evidenceLeftOut: more(
      fact.evidence.length + fact.evidenceLeftOut,
      known.evidence.length + known.evidenceLeftOut,
      evidence.length,
    ),
    gaps,
    gapsLeftOut: more(fact.gaps.length + fact.gapsLeftOut, known.gaps.length + known.gapsLeftOut, gaps.length),
  };
}
