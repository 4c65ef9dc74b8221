import { countText, time } from '../page/figures.js';
import { html, type Html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { orderId } from '../page/order-words.js';
import { unansweredBox } from '../page/unanswered.js';
import type { Answer } from '../services/service.js';
import { findingText, kindTitle } from './finding-words.js';
import type { Finding, Integrity } from './shapes.js';

export interface AskedFindings {
  kind?: string | undefined;
  sort: 'newest' | 'oldest';
  cursor?: string | undefined;
}

/** What an address need not say. */
const chosen = (sort: AskedFindings['sort']): string | undefined => (sort === 'newest' ? undefined : sort);

/** What the audit found, and what it can say of the whole. */
export const findingsPage = (
  found: Answer<{ findings: Finding[]; nextCursor: string | null }>,
  whole: Answer<Integrity>,
  { kind, sort, cursor }: AskedFindings,
): Html =>
  html`<h1>Findings</h1>
    <p class="lead">
      The audit reads Kafka alone, so it is a witness of its own: what Postgres says of itself is not what it goes by.
    </p>
    <div id="whole" data-live>
      ${whole.ok ? wholeOf(whole.value, { kind, sort }) : unansweredBox(whole, 'The whole')}
    </div>
    <h2>${kind === undefined ? 'All findings' : kindTitle(kind)}</h2>
    <span class="choices" role="group" aria-label="Order">
      ${(['newest', 'oldest'] as const).map(
        (first) =>
          html`<a
            href="${linkTo('/findings', { kind, sort: chosen(first) })}"
            ${first === sort && html`aria-current="true"`}
            >${first} first</a
          >`,
      )}
    </span>
    <div id="found" data-live>
      ${found.ok ? list(found.value.findings) : unansweredBox(found, 'The findings')}
      <nav class="more" aria-label="Further findings">
        ${kind !== undefined && html`<a href="${linkTo('/findings', { sort: chosen(sort) })}">All kinds</a>`}
        ${cursor !== undefined && html`<a href="${linkTo('/findings', { kind, sort: chosen(sort) })}">Back to the first</a>`}
        ${found.ok && found.value.nextCursor !== null && html`<a href="${linkTo('/findings', { kind, sort: chosen(sort), cursor: found.value.nextCursor })}">Further findings</a>`}
      </nav>
    </div>`;

function wholeOf(whole: Integrity, { kind, sort }: Omit<AskedFindings, 'cursor'>): Html {
  const sound = whole.missingCount === 0 && whole.chains.broken === 0 && whole.claimedTwice.length === 0;
  return html`<div class="verdict ${sound ? 'ok' : 'trouble'}">
      <strong>${sound ? 'Nothing is missing and every chain holds.' : 'The record is not whole.'}</strong>
      <p>
        ${countText(whole.facts)} facts seen; positions 1 to ${countText(whole.contiguousTo)} without a
        hole${
          whole.missingCount > 0 &&
          `, ${countText(whole.missingCount)} missing below ${countText(whole.highestPosition)} (${whole.missing
            .slice(0, 5)
            .map(({ from, to }) => (from === to ? String(from) : `${from} to ${to}`))
            .join(', ')})`
        };
        ${countText(whole.chains.checked)} chains checked, ${countText(whole.chains.broken)}
        broken${
          whole.claimedTwice.length > 0 && `; positions claimed twice: ${whole.claimedTwice.slice(0, 5).join(', ')}`
        }.
      </p>
    </div>
    ${
      whole.findings.open > 0 &&
      html`<ul class="kinds">
        ${Object.entries(whole.findings.byKind)
          .filter(([, count]) => count > 0)
          .map(
            ([name, count]) =>
              html`<li>
                <a
                  href="${linkTo('/findings', { kind: name, sort: chosen(sort) })}"
                  ${name === kind && html`aria-current="true"`}
                  ><b>${countText(count)}</b> ${kindTitle(name)}</a
                >
              </li>`,
          )}
      </ul>`
    }`;
}

const list = (findings: Finding[]): Html =>
  findings.length === 0
    ? html`<p class="empty">Nothing was found.</p>`
    : html`<table class="rows wide">
        <thead>
          <tr>
            <th scope="col">Found</th>
            <th scope="col">Order</th>
            <th scope="col">What</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          ${findings.map(
            (finding) =>
              html`<tr>
                <td>${time(finding.foundAt)}</td>
                <td>${orderId(finding.orderId)}</td>
                <td><b>${kindTitle(finding.kind)}.</b> ${findingText(finding)}</td>
                <td>
                  ${finding.resolvedAt === null ? html`<span class="status on-hold">open</span>` : html`settled ${time(finding.resolvedAt)}`}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>`;
