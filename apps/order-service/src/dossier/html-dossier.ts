import { shownAs, type SignedDossier } from '@orderlog/order-contract';
import { hasRightToLeft } from '@orderlog/order-domain';
import { pageOf, type DossierPage } from './dossier-page.js';
import { styles } from './html-styles.js';

/**
 * A page that needs nothing but itself and prints on A4. The signed data is in it, for whoever checks it.
 * @param person who the customer is, where that was asked for; stands as one text, outside of what is signed
 */
export function htmlDossier(signed: SignedDossier, person?: string): string {
  const page = pageOf(signed);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(page.title)}: dossier</title>
<style>${styles}</style>
</head>
<body>
<header>
<p class="kind">Dossier: what happened, who did it, and the proof</p>
<h1>${html(page.title)} <span class="status">${html(page.status)}</span></h1>
${labelled(page.about, 'about')}
${person === undefined ? '' : `<h2 class="person">Customer, as known today (not signed)</h2>\n<p id="person">${html(person, 'text alone')}</p>\n`}<ul class="figures">${page.figures
    .map(([label, value]) => `<li><span>${html(label)}</span><b>${html(value)}</b></li>`)
    .join('')}</ul>
${page.notices.length === 0 ? '' : `<ul class="notices">${page.notices.map((notice) => `<li>${html(notice)}</li>`).join('')}</ul>`}
</header>
<section>
<h2>The money, fact by fact</h2>
<table class="money">
<thead><tr><th>#</th><th>Happened (UTC)</th><th>What</th>${page.moneyColumns.map((name) => `<th class="n">${html(name)}</th>`).join('')}</tr></thead>
<tbody>${page.moneyRows
    .map(
      ({ version, when, what, by, marks, amounts }, index) =>
        `<tr><td><a href="#v${version}">${version}</a></td><td class="when">${html(when.replace(' UTC', ''))}</td><td>${html(what)}${marked(marks)}<br><span class="by">${html(by)}</span></td>${amounts
          .map((amount, column) => {
            const changed = index > 0 && page.moneyRows[index - 1]!.amounts[column] !== amount;
            return `<td class="n${changed || index === 0 ? ' changed' : ''}" data-sum="${page.moneyColumns[column]}">${html(amount)}</td>`;
          })
          .join('')}</tr>`,
    )
    .join('\n')}</tbody>
</table>
<p class="small">${html(page.moneyNote)}</p>
</section>
${
  page.lines.length === 0
    ? ''
    : `<section><h2>What was ordered, as it stands</h2>${table(['Line', 'SKU', 'Quantity', 'Unit price', 'Amount'], page.lines, 2)}</section>`
}
<section>
<h2>The timeline</h2>
${page.timeline
  .map(
    ({ version, says, marks, about, changes }) => `<article id="v${version}">
<h3><span class="version">${version}</span> ${html(says)}${marked(marks)}</h3>
${labelled(about, 'fact')}
<ul class="changes">${changes.map((change) => `<li>${html(change)}</li>`).join('')}</ul>
</article>`,
  )
  .join('\n')}
</section>
${page.logged === undefined ? '' : loggedSection(page.logged)}<section>
<h2>Refused attempts</h2>
${
  page.attempts.length === 0
    ? '<p>None is recorded.</p>'
    : page.attempts
        .map(({ says, about }) => `<article class="refused"><h3>${html(says)}</h3>${labelled(about, 'fact')}</article>`)
        .join('\n')
}${page.attemptsNotShown === undefined ? '' : `<p>${html(page.attemptsNotShown)}</p>`}
<p class="small">${html(page.attemptsNote)}</p>
</section>
<section>
<h2>People and reasons</h2>
${table(['Who (a claim)', 'Facts', 'Refused', 'Reasons given'], page.people)}
<p class="small">Names are what callers said of themselves; nobody has signed in.</p>
</section>
<section class="proofs">
<h2>Proofs</h2>
<table class="hashes"><thead><tr><th>#</th><th>Position</th><th>Fact</th><th>Hash, and the one before it</th></tr></thead><tbody>${page.proofs
    .map(
      ({ version, position, type, hash, previousHash }) =>
        `<tr><td>${version}</td><td>${position}</td><td>${html(type)}</td><td><code>${hash}</code><br><code class="previous">${previousHash}</code></td></tr>`,
    )
    .join('\n')}</tbody></table>
${labelled(page.proofsAbout, 'proof')}
<p>${html(page.howToVerify)}</p>
</section>
<script type="application/json" id="dossier">${JSON.stringify(signed).replaceAll('<', '\\u003c')}</script>
</body>
</html>
`;
}

const loggedSection = ({ entries, gaps, leftOut }: NonNullable<DossierPage['logged']>): string => `<section id="logged">
<h2>What a log beside the table says</h2>
<p class="small">Triggers wrote it beside the table that the order was imported from. It is evidence and no fact: nothing makes such a log keep everything.</p>
${entries.length === 0 ? '<p>It has no entry on this order.</p>' : table(['#', 'When (UTC)', 'Who, as it says', 'What', 'Where it stands'], entries)}
${gaps.length === 0 ? '<p>No gap was found in it.</p>' : `<h3 class="gaps">Where it cannot be the whole story</h3>${table(['#', 'What is missing', 'After', 'Before'], gaps)}`}
${leftOut === undefined ? '' : `<p>${html(leftOut)}</p>`}
</section>
`;

/** @param as text alone: no element, for what must stay one text */
const html = (text: string, as: 'text alone' | 'isolated' = 'isolated'): string => {
  const escaped = shownAs(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  // Right-to-left text turns nothing around it; nor what is ours in the same text, which is English.
  return as === 'text alone' || !hasRightToLeft(escaped) ? escaped : `<bdi dir="ltr">${escaped}</bdi>`;
};

const labelled = (pairs: [string, string][], kind: string): string =>
  `<dl class="${kind}">${pairs.map(([label, value]) => `<div><dt>${html(label)}</dt><dd>${html(value)}</dd></div>`).join('')}</dl>`;

const marked = (marks: string[]): string => marks.map((mark) => ` <em class="late">${html(mark)}</em>`).join('');

/** @param numbersFrom the column from which on there are numbers */
const table = (head: string[], rows: string[][], numbersFrom = Infinity): string => {
  const cell = (tag: 'th' | 'td') => (text: string, index: number) =>
    `<${tag}${index >= numbersFrom ? ' class="n"' : ''}>${html(text)}</${tag}>`;
  return `<table><thead><tr>${head.map(cell('th')).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`)
    .join('\n')}</tbody></table>`;
};
