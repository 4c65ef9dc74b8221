import {
  withoutCheckpoint,
  type Dossier,
  type DossierFact,
  type RunningMoney,
  type SignedDossier,
} from '@orderlog/order-contract';
import { claimText, formatAmount, formatMoney, UNKNOWN_CHANNEL } from '@orderlog/order-domain';

type Labelled = [label: string, value: string];

/** What a dossier shows, as texts and in their order; how it looks, HTML and PDF say each for itself. */
export interface DossierPage {
  title: string;
  status: string;
  about: Labelled[];
  /** What a reader must not miss. */
  notices: string[];
  figures: Labelled[];
  moneyColumns: string[];
  moneyNote: string;
  moneyRows: { version: string; when: string; what: string; by: string; marks: string[]; amounts: string[] }[];
  timeline: { version: string; says: string; status: string; marks: string[]; about: Labelled[]; changes: string[] }[];
  /** What a log beside an imported table says, and where it cannot be the whole story; undefined: there is none. */
  logged: { entries: string[][]; gaps: string[][]; leftOut: string | undefined } | undefined;
  attempts: { says: string; about: Labelled[] }[];
  attemptsNotShown: string | undefined;
  attemptsNote: string;
  people: string[][];
  lines: string[][];
  proofs: { position: string; version: string; type: string; hash: string; previousHash: string }[];
  proofsAbout: Labelled[];
  howToVerify: string;
}

const columns: [keyof RunningMoney, string][] = [
  ['ordered', 'Ordered'],
  ['discounted', 'Discounted'],
  ['total', 'Total'],
  ['captured', 'Captured'],
  ['refunded', 'Refunded'],
  ['owed', 'Owed'],
  ['returned', 'Returned'],
  ['adjusted', 'Adjusted'],
];

export function pageOf({ dossier, signature }: SignedDossier): DossierPage {
  const { order, facts, attempts, attemptsNotShown, people, proofs } = dossier;
  const { currency } = order;
  const money = (amount: number) => formatMoney(amount, currency);
  const reasons = reasonsOf([...facts, ...attempts]);
  const loose = order.money.returned !== 0 || order.money.adjusted !== 0;
  const shown = columns.filter(([name]) => loose || (name !== 'returned' && name !== 'adjusted'));
  return {
    title: `Order ${dossier.orderId}`,
    status: order.status,
    about: [
      ['Customer', order.customerId ?? 'not known'],
      ...(order.channel ? [['Channel', channelText(order.channel)] satisfies Labelled] : []),
      ['Currency', currency],
      [order.historyBeforeUnknown ? 'Imported' : 'Placed', moment(order.placedAt)],
      ['Last fact recorded', moment(order.recordedAt)],
      ['Version', `${order.version} (${counted(facts.length, 'fact')})`],
      ['Dossier issued', moment(dossier.issuedAt)],
    ],
    notices: [
      ...(order.historyBeforeUnknown ? unknownBefore(dossier) : []),
      ...(order.claims.length > 0
        ? [`Contradicting claims: ${order.claims.map((claim) => claimed(claim, currency)).join('; ')}.`]
        : []),
      ...facts
        .filter(({ type }) => type === 'CustomerForgotten')
        .map(
          ({ version, occurredAt }) =>
            `The customer was forgotten on ${moment(occurredAt)} (version ${version}): nobody can tell any more who they are.`,
        ),
      ...recordedLate(facts),
      ...(attempts.length > 0
        ? [
            `${counted(attempts.length + attemptsNotShown, 'attempt')} at this order ${attempts.length + attemptsNotShown === 1 ? 'was' : 'were'} refused; see Refused attempts.`,
          ]
        : []),
    ],
    figures: shown.map(([name, label]) => [label, money(order.money[name])]),
    moneyColumns: shown.map(([, label]) => label),
    moneyNote:
      `Amounts in ${currency}, in the order in which we learned of the facts. Bold: changed by this fact. The total is ordered less ` +
      'discounted; owed is what of it was not captured, and nothing once the order is cancelled.',
    moneyRows: facts.map((fact) => ({
      version: String(fact.version),
      when: moment(fact.occurredAt, 'to the second'),
      what: fact.says,
      by: `${fact.actor === null ? 'nobody said who' : `by ${fact.actor}`}${fact.reason === null ? '' : `: ${fact.reason}`}`,
      marks: marksOf(fact),
      amounts: shown.map(([name]) => formatAmount(fact.after.money[name], currency)),
    })),
    timeline: facts.map((fact) => ({
      version: String(fact.version),
      says: fact.says,
      status: fact.after.status,
      marks: marksOf(fact),
      about: [
        ['Happened', moment(fact.occurredAt)],
        ['Recorded', moment(fact.recordedAt) + delayOf(fact)],
        ['Who', fact.actor === null ? 'nobody said' : `${fact.actor} (as they say)`],
        ['Why', fact.reason ?? 'no reason given'],
        ['Command', fact.command.type === null ? 'imported' : `${fact.command.type} ${fact.command.id ?? ''}`.trim()],
        ...(fact.correlationId === null ? [] : [['Correlation', fact.correlationId] satisfies Labelled]),
        ...(fact.causationId === null ? [] : [['Caused by', fact.causationId] satisfies Labelled]),
        ...(fact.origin === null
          ? []
          : [['Origin', `${fact.origin.source}, lines ${fact.origin.lines}`] satisfies Labelled]),
        ['After it', `${fact.after.status}; ${inShort(fact.after.money, money)}`],
      ],
      changes: fact.changes,
    })),
    logged: loggedIn(facts),
    attempts: attempts.map((attempt) => ({
      says: attempt.says,
      about: [
        ['When', moment(attempt.attemptedAt)],
        ['Who', attempt.actor === null ? 'nobody said' : `${attempt.actor} (as they say)`],
        ['Why', attempt.reason ?? 'no reason given'],
        ['Order then', attempt.orderVersion === 0 ? 'not there' : `at version ${attempt.orderVersion}`],
        ['Command', `${attempt.command} ${attempt.commandId}`],
        ...(attempt.correlationId === null ? [] : [['Correlation', attempt.correlationId] satisfies Labelled]),
      ],
    })),
    attemptsNotShown: attemptsNotShown > 0 ? `and ${attemptsNotShown} later ones, not listed here` : undefined,
    attemptsNote:
      'Listed is what an audit asks about: an order, payment or refund ID used again for something else, a capture above what was ' +
      'owed, a refund above what was captured. Whoever was refused anything else was told so, and it is not kept.',
    people: people.map(({ name, facts: versions, attempts: refused }) => [
      name ?? 'nobody said',
      versions.map((version) => String(version)).join(', ') || 'none',
      String(refused),
      [...(reasons.get(name) ?? [])].join('; '),
    ]),
    lines:
      order.lines.length === 0
        ? []
        : [
            ...order.lines.map(({ line, sku, quantity, unitPrice, amount }) => [
              String(line),
              sku,
              String(quantity),
              unitPrice,
              formatAmount(amount, currency),
            ]),
            ...order.discounts.map(({ code, amount }) => [
              '',
              `Discount ${code}`,
              '',
              '',
              formatAmount(-amount, currency),
            ]),
            ['', 'Total', '', '', formatAmount(order.money.total, currency)],
          ],
    proofs: facts.map(({ position, version, type, hash, previousHash }) => ({
      position: String(position),
      version: String(version),
      type,
      hash,
      previousHash,
    })),
    proofsAbout: [
      ['Head of the chain', `version ${proofs.chain.head.version}, ${proofs.chain.head.hash}`],
      [
        'Store then',
        `position ${proofs.store.position}${proofs.store.hash === null ? '' : `, hash ${proofs.store.hash}`}`,
      ],
      ['Rule', proofs.chain.rule],
      ...checkpointOf(proofs),
      ['Signature', `${signature.algorithm}, key ${signature.keyId}: ${signature.value}`],
    ],
    howToVerify:
      `The signed data is inside this file. To check it without us, get our public key by a way that you trust ` +
      `(key ${signature.keyId}) and run: orderlog dossier verify FILE --key public.pem`,
  };
}

/** One notice for all of them: an order with a hundred would have no room for anything else. */
function recordedLate(facts: readonly DossierFact[]): string[] {
  const late = facts.filter((fact) => fact.recordedLate).map(({ version }) => version);
  const [first, ...others] = late;
  if (first === undefined) return [];
  if (others.length === 0) {
    return [`Version ${first} was recorded late: something that happened later was known before it.`];
  }
  const named = `${late.slice(0, 20).join(', ')}${late.length > 20 ? ` and ${late.length - 20} more` : ''}`;
  return [`Versions ${named} were recorded late: before each, something that happened later was known.`];
}

/** What each of them gave as reasons, for what was done and for what was refused. */
function reasonsOf(given: readonly { actor: string | null; reason: string | null }[]): Map<string | null, Set<string>> {
  const reasons = new Map<string | null, Set<string>>();
  for (const { actor, reason } of given) {
    if (reason !== null) reasons.set(actor, (reasons.get(actor) ?? new Set()).add(reason));
  }
  return reasons;
}

const claimed = (claim: SignedDossier['dossier']['order']['claims'][number], currency: string): string =>
  `${claim.origin} says ${claimText(claim, currency)}` +
  (claim.updatedAt === undefined ? '' : ` (last changed ${moment(claim.updatedAt, 'to the second')}, as it says)`);

/** What a reader must know before all else of an order that was imported. */
function unknownBefore({ order }: SignedDossier['dossier']): string[] {
  const { historyBefore } = order;
  const when = historyBefore === undefined ? 'version 1' : moment(historyBefore.before, 'to the second');
  const gaps = historyBefore?.gaps ?? 0;
  return [
    `Imported from a table that had overwritten itself: the history before ${when} is not known.`,
    ...(gaps > 0
      ? [`The log beside that table has ${counted(gaps, 'gap')}; see What a log beside the table says.`]
      : []),
  ];
}

function loggedIn(facts: readonly DossierFact[]): DossierPage['logged'] {
  const logs = facts.flatMap(({ version, logged }) => (logged ? [{ version: String(version), ...logged }] : []));
  if (logs.length === 0) return undefined;
  const leftOut = logs.reduce((sum, log) => sum + log.evidenceLeftOut + log.gapsLeftOut, 0);
  return {
    entries: logs.flatMap(({ version, evidence }) =>
      evidence.map(({ at, actor, what, origin }) => [
        version,
        at === null ? 'not said' : moment(at, 'to the second').replace(' UTC', ''),
        actor ?? 'not said',
        what,
        origin,
      ]),
    ),
    gaps: logs.flatMap(({ version, gaps }) =>
      gaps.map(({ what, after, before }) => [version, what, after ?? 'the beginning', before ?? 'the import']),
    ),
    leftOut: leftOut > 0 ? `and ${leftOut} more, not listed here` : undefined,
  };
}

/** What the audit, which is a witness of its own, says of the facts. */
function checkpointOf({ checkpoint, withoutCheckpoint: why }: Dossier['proofs']): Labelled[] {
  if (!checkpoint) return [['Checkpoint', `none: ${withoutCheckpoint[why ?? 'no-audit']}`]];
  const { version, treeSize, rootHash, issuedAt, keyId, signature, proof } = checkpoint;
  return [
    [
      'Checkpoint',
      `the audit has signed for version ${version}, and so for all before it, among ${counted(treeSize, 'fact')}: ${moment(issuedAt)}, key ${keyId}`,
    ],
    ['Its root', rootHash],
    ['Proof', proof.join(' ') || 'none is needed: it is the only fact'],
    ['Its signature', signature],
  ];
}

const inShort = (sums: RunningMoney, money: (amount: number) => string): string =>
  [
    `ordered ${money(sums.ordered)}`,
    ...(sums.discounted === 0 ? [] : [`less discounts ${money(sums.discounted)}`, `total ${money(sums.total)}`]),
    `captured ${money(sums.captured)}`,
    `refunded ${money(sums.refunded)}`,
    `owed ${money(sums.owed)}`,
    ...(sums.returned === 0 ? [] : [`returned ${money(sums.returned)}`]),
    ...(sums.adjusted === 0 ? [] : [`adjusted ${money(sums.adjusted)}`]),
  ].join(', ');

const channelText = (channel: string): string => (channel === UNKNOWN_CHANNEL ? 'not known' : channel);

const marksOf = ({ recordedLate }: DossierFact): string[] => (recordedLate ? ['recorded late'] : []);

/** 2026-11-24 14:02:00.000412 UTC; zeros that say nothing are left out. */
export const moment = (instant: string, precision?: 'to the second'): string => {
  const text = instant
    .replace('T', ' ')
    .replace(/(\.\d*?)0*Z$/, precision ? '' : '$1')
    .replace(/\.$/, '');
  return `${text} UTC`;
};

/** How long after it happened it was learned, where that is more than the way through a system takes. */
function delayOf({ occurredAt, recordedAt }: DossierFact): string {
  const minutes = Math.floor((Date.parse(recordedAt) - Date.parse(occurredAt)) / 60_000);
  if (minutes < 1) return '';
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60)];
  const parts =
    days > 0
      ? [counted(days, 'day'), ...(hours > 0 ? [counted(hours, 'hour')] : [])]
      : hours > 0
        ? [counted(hours, 'hour'), ...(minutes % 60 > 0 ? [counted(minutes % 60, 'minute')] : [])]
        : [counted(minutes, 'minute')];
  return `, ${parts.join(' ')} after it happened`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
