import { claimText } from '@orderlog/order-domain';
import { findingText, kindTitle } from '../findings/finding-words.js';
import type { Attempt, AuditedOrder } from '../findings/shapes.js';
import { countText, money, moneyText, time } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { factText, sku, status } from '../page/order-words.js';
import { unansweredBox } from '../page/unanswered.js';
import type { Answer } from '../services/service.js';
import type { Fact, OrderState } from '../services/shapes.js';
import { runningMoney, sums, type RunningMoney } from './running-money.js';
import { interwoven, witnessOf, type Witnessed } from './witness.js';

interface History {
  version: number;
  facts: Fact[];
  nextAfterVersion: number | null;
}
interface Told {
  state: Answer<OrderState>;
  history: Answer<History>;
  /** The audit's own view of the same order. */
  audited: Answer<AuditedOrder>;
  /** The version that the state is of, where one was asked for. */
  version: number | undefined;
  /** The version that the page of facts begins after, and the order as it stood then. */
  after: number;
  before?: OrderState | undefined;
}

/** The story of an order: each fact with who, when, why, what it changed and how the money stands; and its state. */
export function orderStoryPage(orderId: string, told: Told): Html {
  const { state, history, audited, version } = told;
  return html`<p class="crumbs"><a href="/orders">Orders</a></p>
    <div class="story">
      <section class="state" id="state" data-live aria-label="State">
        ${state.ok ? stateOf(state.value, version) : unansweredBox(state, 'The state of this order')}
        ${auditOf(audited, history)}
      </section>
      <section class="facts" aria-labelledby="facts-title">
        <h2 id="facts-title">What happened</h2>
        <div id="facts" data-live>
          ${history.ok ? timeline(orderId, history.value, told) : unansweredBox(history, 'What happened')}
        </div>
      </section>
    </div>`;
}

export const missingOrderPage = (orderId: string, reason: string): Html =>
  html`<h1>No order <span class="id">${orderId}</span></h1>
    <p class="lead">${reason}</p>
    <p>
      An ID is written exactly as it was placed: capitals count. <a href="/orders">The newest orders</a> may help.
    </p>`;

function stateOf(order: OrderState, version: number | undefined): Html {
  const { currency } = order;
  return html`<h1>Order <span class="id">${order.orderId}</span></h1>
    <p class="lead">
      ${status(order.status)}
      ${
        version === undefined
          ? html`after ${countText(order.version)} ${order.version === 1 ? 'fact' : 'facts'}`
          : html`as it was at <b>version ${order.version}</b>; <a href="?">as it is now</a>`
      }
    </p>
    <p class="more">
      ${(['html', 'pdf', 'json'] as const).map(
        (format) =>
          html`<a href="${linkTo(`/orders/${encodeURIComponent(order.orderId)}/dossier`, { format })}">
            ${format === 'html' ? 'Signed dossier' : format.toUpperCase()}
          </a>`,
      )}
    </p>
    ${order.historyBefore && unknownBefore(order.historyBefore)} ${order.hold && holdOf(order, order.hold)}
    <dl class="sums">
      ${(
        [
          ['total', order.total],
          ['captured', order.captured],
          ['refunded', order.refunded],
          ['owed', order.owed],
        ] as const
      ).map(
        ([name, amount]) =>
          html`<div class="${name}">
            <dt>${name}</dt>
            <dd>${money(amount, currency)}</dd>
          </div>`,
      )}
    </dl>
    ${
      order.lines.length > 0 &&
      html`<table class="rows">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">SKU</th>
            <th scope="col" class="n">Quantity</th>
            <th scope="col" class="n">Each</th>
            <th scope="col" class="n">Amount</th>
          </tr>
        </thead>
        <tbody>
          ${order.lines.map(
            (line) =>
              html`<tr>
                <td>${line.line}</td>
                <td>
                  ${sku(line.sku, linkTo('/revenue/sku', { sku: line.sku, currency }))}
                  ${line.description && html`<span class="aside">${line.description}</span>`}
                </td>
                <td class="n">${countText(line.quantity)}</td>
                <td class="n">
                  ${line.exactUnitPrice === undefined ? money(line.unitPrice, currency) : html`<span class="money">${line.exactUnitPrice}<i>${currency}</i></span>`}
                </td>
                <td class="n">${money(line.amount, currency)}</td>
              </tr>`,
          )}
          ${order.discounts.map(
            ({ code, amount }) =>
              html`<tr>
                <td></td>
                <td colspan="3">Discount <span class="id">${code}</span></td>
                <td class="n">${money(-amount, currency)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`
    }
    <dl class="about">
      ${order.payments.map(
        ({ paymentId, amount }) =>
          html`<dt>Payment <span class="id">${paymentId}</span></dt>
            <dd>${money(amount, currency)}</dd>`,
      )}
      ${order.refunds.map(
        ({ refundId, amount, completed, reason }) =>
          html`<dt>Refund <span class="id">${refundId}</span></dt>
            <dd>
              ${money(amount, currency)} ${completed ? 'completed' : 'initiated'}${reason && html`, <q>${reason}</q>`}
            </dd>`,
      )}
      <dt>Customer</dt>
      <dd>
        ${
          order.customerId === null
            ? html`<span class="none">none</span>`
            : html`<a class="id quiet" href="/orders?customer=${encodeURIComponent(order.customerId)}"
                >${order.customerId}</a
              >`
        }
        ${order.customer?.forgotten && html`<span class="aside">forgotten${order.customer.at && html` ${time(order.customer.at)}`}</span>`}
      </dd>
      ${
        order.channel &&
        html`<dt>Channel</dt>
          <dd>${order.channel === 'unknown' ? html`<span class="none">not known</span>` : order.channel}</dd>`
      }
      <dt>${order.historyBefore ? 'Imported' : 'Placed'}</dt>
      <dd>${time(order.placedAt)}</dd>
      <dt>Latest fact recorded</dt>
      <dd>${time(order.recordedAt)}</dd>
    </dl>`;
}

const counted = (count: number, one: string, many: string): string => `${countText(count)} ${count === 1 ? one : many}`;

const unknownBefore = ({ before, origins, evidence, gaps }: NonNullable<OrderState['historyBefore']>): Html =>
  html`<p class="stale">
    Imported from a table that had overwritten itself (${origins.slice(0, 3).join(', ')}${origins.length > 3 && ' …'}):
    what happened before ${time(before)} is
    unknown.${
      evidence + gaps > 0 &&
      ` A log beside the table has ${counted(evidence, 'entry', 'entries')} on it, ${gaps === 0 ? 'without a gap' : `with ${counted(gaps, 'gap', 'gaps')}`}.`
    }
  </p>`;

const holdOf = (order: OrderState, hold: NonNullable<OrderState['hold']>): Html =>
  html`<div class="notice trouble">
    <strong
      >${hold.decision === null ? 'On hold: its sources contradict each other.' : `Was on hold: ${hold.decision}`}</strong
    >
    <ul>
      ${hold.claims.map(
        (claim) =>
          html`<li>
            ${claimText(claim, order.currency)}, by
            <span class="id">${claim.origin}</span>${
              claim.updatedAt !== undefined &&
              html`, which was last changed ${time(claim.updatedAt)} by its own account`
            }
          </li>`,
      )}
    </ul>
  </div>`;

function timeline(orderId: string, history: History, at: Pick<Told, 'after' | 'before' | 'version' | 'audited'>): Html {
  const running = runningMoney(history.facts, at.before);
  const path = `/orders/${encodeURIComponent(orderId)}`;
  return html`${at.after > 0 && html`<p class="more"><a href="${path}">From the first fact</a></p>`}
    <ol class="timeline" start="${at.after + 1}">
      ${interwoven(
        history.facts,
        at.audited.ok ? at.audited.value.attempts : [],
        history.nextAfterVersion === null ? 'none follows' : 'more follow',
      ).map((told) =>
        'attempt' in told
          ? refusedAttempt(told.attempt)
          : entry(
              told.fact,
              running[told.index] as RunningMoney,
              at.version === told.fact.version,
              witnessOf(told.fact, at.audited),
            ),
      )}
    </ol>
    ${
      history.nextAfterVersion !== null &&
      html`<p class="more"><a href="${path}?after=${history.nextAfterVersion}">Later facts</a></p>`
    }`;
}

const entry = (fact: Fact, money: RunningMoney, chosen: boolean, witnessed: Witnessed): Html =>
  html`<li id="v${fact.version}" class="${fact.type}${chosen && ' chosen'}">
    <header>
      <h3>${factText(fact.type)}</h3>
      <a
        class="version"
        href="?version=${fact.version}#v${fact.version}"
        title="The order as it was at version ${fact.version}"
        >v${fact.version}</a
      >
    </header>
    <p class="by">
      ${time(fact.occurredAt)}
      ${
        fact.actor
          ? html` by <b title="As the caller claimed: nobody signs in yet">${fact.actor.name}</b>`
          : fact.origin
            ? html` from <span class="id">${fact.origin.source}</span>, lines ${fact.origin.lines}`
            : html` <span class="none">nobody was named</span>`
      }
      ${fact.recordedLate && html`<span class="late">recorded late, ${time(fact.recordedAt)}</span>`}
    </p>
    ${fact.reason !== null && html`<p class="why"><q>${fact.reason}</q></p>`}
    <ul class="changes">
      ${fact.difference
        .filter(({ what }) => !sums.some((sum) => sum === what))
        .map(({ what, before, after }) =>
          before !== null && after !== null
            ? html`<li><bdi>${what}</bdi>: <del>${before}</del> <ins>${after}</ins></li>`
            : html`<li><bdi>${what}</bdi>: ${after ?? html`<del>${before}</del>`}</li>`,
        )}
    </ul>
    ${fact.logged && loggedOf(fact.version, fact.logged)}
    <dl class="running" aria-label="The money after it">
      ${sums.map(
        (sum) =>
          html`<div class="${money[sum].moved && 'moved'}">
            <dt>${sum}</dt>
            <dd>${money[sum].before !== null && html`<del>${money[sum].before}</del> `}${money[sum].text}</dd>
          </div>`,
      )}
    </dl>
    <p class="witness ${witnessed}">${witnessWords[witnessed]}</p>
    <details id="more-v${fact.version}">
      <summary>Where it is kept</summary>
      <dl class="about">
        <dt>Position</dt>
        <dd>${countText(fact.position)} of all facts</dd>
        <dt>Happened</dt>
        <dd class="id">${fact.occurredAt}</dd>
        <dt>Recorded</dt>
        <dd class="id">${fact.recordedAt}</dd>
        <dt>Event</dt>
        <dd class="id">${fact.eventId}</dd>
        ${
          fact.command.id !== null &&
          html`<dt>Command</dt>
            <dd class="id">${fact.command.type} ${fact.command.id}</dd>`
        }
        ${
          fact.correlationId !== null &&
          html`<dt>Correlation</dt>
            <dd class="id">${fact.correlationId}</dd>`
        }
        <dt>Hash</dt>
        <dd class="id">${fact.hash}</dd>
      </dl>
    </details>
  </li>`;

type Logged = NonNullable<Fact['logged']>;
/** So many entries are read at a glance; a longer list is for whoever opens it. */
const fewEntries = 8;

/** What a log beside the imported table says, and first where it cannot be the whole story. */
function loggedOf(version: number, { evidence, evidenceLeftOut, gaps, gapsLeftOut }: Logged): Html {
  const title = `What that log says: ${counted(evidence.length + evidenceLeftOut, 'entry', 'entries')}, evidence and no fact`;
  return html`${
    gaps.length > 0 &&
    html`<div class="notice trouble">
      <strong>The log beside the table cannot be the whole story.</strong>
      <ul>
        ${gaps.map(
          ({ what, after, before }) =>
            html`<li>
              ${what}<span class="aside"
                >${[after !== null && `after ${after}`, before !== null && `before ${before}`].filter(Boolean).join(', ')}</span
              >
            </li>`,
        )}
        ${gapsLeftOut > 0 && html`<li>and ${countText(gapsLeftOut)} more</li>`}
      </ul>
    </div>`
  }
  ${
    evidence.length > fewEntries
      ? html`<details id="logged-v${version}">
          <summary>${title}</summary>
          ${entriesOf(evidence, evidenceLeftOut)}
        </details>`
      : evidence.length > 0 &&
        html`<p class="none">${title}</p>
          ${entriesOf(evidence, evidenceLeftOut)}`
  }`;
}

const entriesOf = (evidence: Logged['evidence'], leftOut: number): Html =>
  html`<ul class="changes">
    ${leftOut > 0 && html`<li class="none">${counted(leftOut, 'earlier one is', 'earlier ones are')} not listed</li>`}
    ${evidence.map(
      ({ at, actor, what, origin }) =>
        html`<li>
          ${what}
          <span class="aside"
            >${at === null ? 'at a time that it does not say' : time(at)}${actor !== null && ` by ${actor}`},
            ${origin}</span
          >
        </li>`,
    )}
  </ul>`;

const witnessWords: Record<Witnessed, string> = {
  same: 'The audit saw the same in Kafka.',
  unseen: 'The audit has not seen it yet.',
  differs: 'The audit saw something else in Kafka.',
  unknown: 'The audit could not be asked.',
};

const refusedAttempt = (attempt: Attempt): Html =>
  html`<li class="refused">
    <header>
      <h3>Refused: ${attempt.refusal.replaceAll('-', ' ')}</h3>
      <span class="version">no fact</span>
    </header>
    <p class="by">
      ${time(attempt.attemptedAt)}
      ${attempt.actor === null ? html`<span class="none">nobody was named</span>` : html`by <b>${attempt.actor}</b>`}
    </p>
    ${attempt.reason !== null && html`<p class="why"><q>${attempt.reason}</q></p>`}
    <p>
      ${attempt.command}${attempt.amount !== null && `, ${moneyText(attempt.amount, attempt.currency ?? '')}`}${
        attempt.existingTotal !== null &&
        `; the order that has this ID was placed at ${moneyText(attempt.existingTotal, attempt.existingCurrency ?? '')}`
      }${attempt.used && `; ${attempt.used.id} is of ${moneyText(attempt.used.amount, attempt.currency ?? '')}`}${attempt.allowed !== null && `; allowed was ${moneyText(attempt.allowed, attempt.currency ?? '')}`}.
    </p>
  </li>`;

/** The audit's word on the whole order, beside its state. */
function auditOf(audited: Answer<AuditedOrder>, history: Answer<History>): Html {
  if (!audited.ok) {
    return audited.status === 404
      ? html`<div class="verdict"><strong>The audit has not seen this order yet.</strong></div>`
      : unansweredBox(audited, "The audit's view");
  }
  const facts = history.ok ? history.value.facts : [];
  const sawSame = (same: number): string =>
    history.ok
      ? `The audit saw ${same} of these ${facts.length} facts, the same.`
      : 'What the audit saw cannot be compared.';
  const witnessed = facts.map((fact) => witnessOf(fact, audited));
  const differ = witnessed.filter((one) => one === 'differs').length;
  const same = witnessed.filter((one) => one === 'same').length;
  const { attempts, findings } = audited.value;
  const open = findings.filter(({ resolvedAt }) => resolvedAt === null);
  return html`<div class="verdict ${differ > 0 || open.length > 0 || !history.ok ? 'trouble' : 'ok'}">
    <strong>${differ > 0 ? 'The audit saw something else.' : sawSame(same)}</strong>
    <p>
      ${attempts.length > 0 && `${countText(attempts.length)} refused ${attempts.length === 1 ? 'attempt' : 'attempts'}. `}
      ${open.length === 0 ? 'No open finding.' : null}
    </p>
    <ul>
      ${open.map((finding) => html`<li><b>${kindTitle(finding.kind)}.</b> ${findingText(finding)}</li>`)}
    </ul>
  </div>`;
}
