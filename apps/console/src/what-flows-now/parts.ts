import type { Html } from '../page/html.js';
import { html } from '../page/html.js';
import { countText, durationText, rateText } from '../page/figures.js';
import { sumOf } from '../services/prometheus.js';
import type { Projection } from '../services/shapes.js';
import { messagesIn, type Known, type Now, type Readiness } from './pulse.js';

/** How a part of the pipeline is: `busy` catches up, `trouble` answers but cannot work, `away` does not answer. */
export type Condition = 'ok' | 'busy' | 'trouble' | 'away' | 'unknown';

export interface Part {
  id: 'orders' | 'facts' | 'relay' | 'kafka' | 'revenue' | 'audit';
  name: string;
  /** What it is, for whoever sees the picture for the first time. */
  what: string;
  condition: Condition;
  /** The condition in a word or two. */
  says: string;
  figures: { label: string; value: Html | string; unit?: string }[];
}

/** Something that a person should know, and what it means for them. */
export interface Notice {
  id: string;
  condition: 'trouble' | 'away';
  what: string;
  means: string;
  since?: Date;
}

const nothing = '–';
const rate = (perSecond: number | null): string => (perSecond === null ? nothing : rateText(perSecond));

function conditionOf(ready: Known<Readiness>): { condition: Condition; says: string } {
  if (ready.missing) return { condition: 'away', says: 'away' };
  if (!ready.value) return { condition: 'unknown', says: 'not asked yet' };
  return ready.value.status === 'ready'
    ? { condition: 'ok', says: 'running' }
    : { condition: 'trouble', says: 'not ready' };
}

/** What one of a service's checks says of something behind it, e.g. of Postgres; unknown where there is no such check. */
function behind(ready: Known<Readiness>, name: RegExp): { condition: Condition; says: string } {
  const check = ready.missing ? undefined : ready.value?.checks.find((one) => name.test(one.name));
  if (!check) return { condition: 'unknown', says: 'nobody says' };
  return check.ok ? { condition: 'ok', says: 'answers' } : { condition: 'away', says: 'away' };
}

/** A projection's own word for its state; one that is behind while it runs is busy. */
function projectionCondition(now: Now['revenue'] | Now['audit']): { condition: Condition; says: string } {
  const { value, missing } = now.projection;
  if (missing || !value) return conditionOf(now.ready);
  if (value.state === 'running') {
    return (value.lag ?? 0) > 1_000 ? { condition: 'busy', says: 'catching up' } : { condition: 'ok', says: 'running' };
  }
  const busy = ['replaying', 'rebuilding'].includes(value.state);
  const share = value.progress && Math.floor((value.progress.done / Math.max(value.progress.total, 1)) * 100);
  return { condition: busy ? 'busy' : 'trouble', says: share === null ? value.state : `${value.state}, ${share} %` };
}

const lagFigure = (now: Now['revenue'] | Now['audit']) => {
  const lag = now.projection.missing ? null : (now.projection.value?.lag ?? null);
  return { label: 'behind by', value: lag === null ? nothing : countText(lag), unit: 'messages' };
};

/** The parts of the pipeline in the way of the data. */
export function partsOf(now: Now): Part[] {
  const ofOrders = conditionOf(now.orders.ready);
  const ofRelay = conditionOf(now.relay.ready);
  const ofFacts = behind(now.orders.ready, /postgres|store|database/i);
  const kafkaByRelay = behind(now.relay.ready, /kafka|broker/i);
  const ofKafka = kafkaByRelay.condition === 'unknown' ? behind(now.revenue.ready, /kafka|broker/i) : kafkaByRelay;
  const position = sumOf(now.orders.figures.value, 'orders_store_position');
  const backlog = now.relay.figures.missing ? undefined : sumOf(now.relay.figures.value, 'relay_backlog_rows');
  const age = now.relay.figures.missing ? undefined : sumOf(now.relay.figures.value, 'relay_oldest_row_age_seconds');
  const ends = now.revenue.projection.value?.partitions ?? now.audit.projection.value?.partitions;
  const messages = ends && messagesIn(ends);
  const whole = now.audit.integrity.value;
  return [
    {
      id: 'orders',
      name: 'Orders',
      what: 'order-service takes commands',
      ...ofOrders,
      figures: [
        {
          label: 'commands a second',
          value: now.orders.figures.missing ? nothing : rate(now.rates.commands.perSecond()),
        },
      ],
    },
    {
      id: 'facts',
      name: 'Facts',
      what: 'Postgres keeps what happened',
      ...ofFacts,
      figures: [
        { label: 'kept', value: position === undefined ? nothing : countText(position) },
        { label: 'a second', value: now.orders.figures.missing ? nothing : rate(now.rates.facts.perSecond()) },
      ],
    },
    {
      id: 'relay',
      name: 'Relay',
      what: 'outbox-relay carries them',
      ...ofRelay,
      ...(ofRelay.condition === 'ok' && (age ?? 0) > 10 ? { condition: 'busy' as const, says: 'behind' } : {}),
      figures: [
        { label: 'waiting', value: backlog === undefined ? nothing : countText(backlog), unit: 'rows' },
        { label: 'oldest', value: age === undefined || backlog === 0 ? nothing : durationText(age * 1_000) },
      ],
    },
    {
      id: 'kafka',
      name: 'Kafka',
      what: 'Avro on orders.events.v1',
      ...ofKafka,
      figures: [
        { label: 'messages', value: messages === undefined ? nothing : countText(messages) },
        { label: 'a second', value: rate(now.rates.messages.perSecond()) },
      ],
    },
    {
      id: 'revenue',
      name: 'Revenue',
      what: 'revenue-projection counts by SKU',
      ...projectionCondition(now.revenue),
      figures: [lagFigure(now.revenue), { label: 'a second', value: rate(now.rates.revenue.perSecond()) }],
    },
    {
      id: 'audit',
      name: 'Audit',
      what: 'audit-projection is the witness',
      ...projectionCondition(now.audit),
      figures: [
        lagFigure(now.audit),
        {
          label: 'open findings',
          value: whole ? html`<a href="/findings">${countText(whole.findings.open)}</a>` : nothing,
        },
      ],
    },
  ];
}

const meaning = {
  'order-service':
    'No order can be placed, changed or shown. Nothing that was kept is lost, and revenue and audit go on with what is in Kafka.',
  'outbox-relay':
    'Orders are still taken and kept. Their messages wait in Postgres until it is back; revenue and audit stand still meanwhile.',
  'revenue-projection': 'Revenue stands still as it was. Nothing is lost: it goes on from where it stopped.',
  'audit-projection': 'The audit stands still as it was. Nothing is lost: it goes on from where it stopped.',
} as const;

/** What is away or in trouble, and what that means: the first thing on the page while there is any. */
export function noticesOf(now: Now): Notice[] {
  const services = [
    ['order-service', now.orders.ready],
    ['outbox-relay', now.relay.ready],
    ['revenue-projection', now.revenue.ready],
    ['audit-projection', now.audit.ready],
  ] as const;
  const notices: Notice[] = [];
  for (const [name, ready] of services) {
    if (ready.missing) {
      notices.push({
        id: `notice-${name}`,
        condition: 'away',
        what: `${name} is away: ${ready.missing.reason}.`,
        means: meaning[name],
        since: ready.missing.since,
      });
      continue;
    }
    const failed = ready.value?.checks.filter((check) => !check.ok) ?? [];
    if (failed.length > 0) {
      notices.push({
        id: `notice-${name}`,
        condition: 'trouble',
        what: `${name} is not ready.`,
        means: `${failed.map((check) => `${check.name}: ${check.reason ?? 'failed'}`).join('; ')}.`,
      });
    }
  }
  for (const [name, { projection }] of [
    ['revenue-projection', now.revenue],
    ['audit-projection', now.audit],
  ] as const) {
    if (!projection.missing && projection.value) notices.push(...projectionNotices(name, projection.value));
  }
  return notices;
}

const stateMeaning: Record<string, string> = {
  stopped: 'It has left its group and takes no messages until it is started again (POST /projection/start).',
  incomplete:
    'A reset went forward over messages that it has not read: its numbers lack them. Replay to fill the hole.',
  failed: 'It cannot go on by itself.',
};

/** What a projection says of itself that a person should know. */
function projectionNotices(name: string, { state, reason, waitingFor, parked }: Projection): Notice[] {
  const notices: Notice[] = waitingFor.map(({ what, since, error }) => ({
    id: `waiting-${name}-${what}`,
    condition: 'away',
    what: `${name} waits for ${what}: ${error}.`,
    means: 'Nothing is lost by waiting.',
    since: new Date(since),
  }));
  const meaning = stateMeaning[state];
  if (meaning !== undefined && waitingFor.length === 0) {
    const means = reason === null ? meaning : `${reason} ${meaning}`;
    notices.push({ id: `state-${name}`, condition: 'trouble', what: `${name} is ${state}.`, means });
  }
  if (parked.orders > 0) {
    notices.push({
      id: `parked-${name}`,
      condition: 'trouble',
      what: `${name} has parked ${parked.orders === 1 ? 'an order' : `${countText(parked.orders)} orders`}.`,
      means: `It could not take a message of theirs; their later messages wait, all other orders go on. At ${countText(parked.limit)} it pauses. \`orderlog dlq list ${name}\` says which and why.`,
    });
  }
  return notices;
}
