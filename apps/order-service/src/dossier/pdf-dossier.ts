import type { SignedDossier } from '@orderlog/order-contract';
import { pageOf, type DossierPage } from './dossier-page.js';
import { colours, letOthers, Paper } from './pdf-paper.js';

/** The dossier on A4, with the signed data attached as dossier.json, for whoever checks it. */
export async function pdfDossier(signed: SignedDossier): Promise<Buffer> {
  const page = pageOf(signed);
  const { issuedAt } = signed.dossier;
  const paper = new Paper({
    title: `${page.title}: dossier`,
    created: new Date(issuedAt),
    foot: `${page.title} · dossier issued ${issuedAt} · signed by key ${signed.signature.keyId}`,
  });
  writeHead(paper, page);
  paper.heading('The money, fact by fact');
  await writeMoney(paper, page);
  if (page.lines.length > 0) {
    paper.heading('What was ordered, as it stands');
    const size = sizeOfAmounts(paper, longestOf(page.lines.flatMap((line) => line.slice(3))), 80);
    await paper.table(
      [
        { title: 'Line', width: 40 },
        { title: 'SKU', width: paper.width - 260 },
        { title: 'Quantity', width: 60, align: 'right' },
        { title: 'Unit price', width: 80, align: 'right' },
        { title: 'Amount', width: 80, align: 'right' },
      ],
      page.lines.map((line) => line.map((text, column) => (column < 3 ? text : { text, size }))),
    );
  }
  paper.need(40 + roughHeightOf(page.timeline[0]!));
  paper.heading('The timeline');
  for (const [index, entry] of page.timeline.entries()) {
    writeFact(paper, entry);
    if (index % 10 === 9) await letOthers();
  }
  if (page.logged) await writeLogged(paper, page.logged);
  paper.heading('Refused attempts');
  if (page.attempts.length === 0) paper.write('None is recorded.');
  for (const { says, about } of page.attempts) {
    paper.need(105);
    paper.write(says, { font: 'bold', size: 9, colour: colours.refused });
    paper.labelled(about, { indent: 10 });
    paper.y += 6;
  }
  if (page.attemptsNotShown !== undefined) paper.write(page.attemptsNotShown);
  paper.write(page.attemptsNote, { size: 7.5, colour: colours.soft });
  paper.heading('People and reasons');
  await paper.table(
    [
      { title: 'Who (a claim)', width: 130 },
      { title: 'Facts', width: 90 },
      { title: 'Refused', width: 55 },
      { title: 'Reasons given', width: paper.width - 275 },
    ],
    page.people,
  );
  paper.write('Names are what callers said of themselves; nobody has signed in.', { size: 7.5, colour: colours.soft });
  paper.heading('Proofs');
  await paper.table(
    [
      { title: '#', width: 28 },
      { title: 'Position', width: 58 },
      { title: 'Fact', width: 100 },
      { title: 'Hash, and the one before it', width: paper.width - 186 },
    ],
    page.proofs.map(({ version, position, type, hash, previousHash }) => [
      version,
      position,
      { text: type, size: 8 },
      { text: `${hash}\n${previousHash}`, font: 'mono' as const, size: 6.8 },
    ]),
  );
  paper.y += 3;
  paper.labelled(page.proofsAbout, { font: 'mono', labelWidth: 92 });
  paper.y += 3;
  paper.write(page.howToVerify);
  if (paper.lacked) {
    paper.write('[U+…] stands for a character that no font of this paper has; the attached data has it as itself.', {
      size: 7.5,
      colour: colours.soft,
    });
  }
  paper.attach(Buffer.from(JSON.stringify(signed)), {
    name: 'dossier.json',
    type: 'application/json',
    description: 'The signed data of this dossier',
  });
  return paper.finish();
}

function writeHead(paper: Paper, page: DossierPage): void {
  paper.write('Dossier: what happened, who did it, and the proof', { size: 8, colour: colours.soft });
  const top = paper.y;
  const room = paper.width - 140;
  const size = paper.sizeFor(page.title, room, [19, 15, 12, 9.5, 8], 'bold');
  const height = paper.at(page.title, paper.left, top, room, { font: 'bold', size });
  paper.box(paper.left + room + 10, top + 2, 130, 20, { stroke: colours.ink });
  paper.at(page.status, paper.left + room + 15, top + 7, 120, { font: 'bold', size: 9.5 });
  paper.y = top + Math.max(26, height) + 4;
  const third = paper.width / 3;
  for (let row = 0; row < page.about.length; row += 3) {
    const heights = page.about.slice(row, row + 3).map(([label, value], column) => {
      const x = paper.left + column * third;
      paper.at(label, x, paper.y, third - 8, { size: 7.5, colour: colours.soft });
      return 10 + paper.at(value, x, paper.y + 10, third - 8);
    });
    paper.y += Math.max(...heights) + 4;
  }
  paper.y += 4;
  const share = paper.width / page.figures.length;
  paper.box(paper.left, paper.y, paper.width, 34, { stroke: colours.ink });
  for (const [index, [label, value]] of page.figures.entries()) {
    const x = paper.left + index * share + 6;
    paper.at(label, x, paper.y + 4, share - 8, { size: 7.5, colour: colours.soft });
    const size = paper.sizeFor(value, share - 8, [11, 9, 7, 5.5, 5], 'bold');
    paper.at(value, x, paper.y + 16, share - 8, { font: 'bold', size });
  }
  paper.y += 40;
  for (const notice of page.notices) paper.write(`▪ ${notice}`, { colour: colours.late, font: 'bold', size: 8.5 });
}

const longestOf = (texts: readonly string[]): string =>
  texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');

/** An amount that goes on in the next line would be read as a smaller one. */
const sizeOfAmounts = (paper: Paper, longest: string, width: number): number =>
  paper.sizeFor(longest, width - 6, [8.5, 7.5, 6.5, 5.5, 4.75, 4, 3.5], 'bold');

async function writeMoney(paper: Paper, page: DossierPage): Promise<void> {
  const longest = longestOf(page.moneyRows.flatMap(({ amounts }) => amounts));
  // Wide amounts take their room from the sentence, which can be broken.
  const amountWidth = Math.min(Math.max(50, longest.length * 5.8 + 8), (paper.width - 240) / page.moneyColumns.length);
  const size = sizeOfAmounts(paper, longest, amountWidth);
  const rest = paper.width - 22 - 62 - amountWidth * page.moneyColumns.length;
  await paper.table(
    [
      { title: '#', width: 22 },
      { title: 'Happened (UTC)', width: 62 },
      { title: 'What', width: rest },
      ...page.moneyColumns.map((title) => ({ title, width: amountWidth, align: 'right' as const })),
    ],
    page.moneyRows.map(({ version, when, what, by, marks, amounts }, row) => [
      version,
      { text: when.replace(' UTC', ''), size: 8 },
      {
        text: `${[what, ...marks.map((mark) => `[${mark}]`)].join(' ')}\n${by}`,
        ...(marks.length > 0 ? { colour: colours.late } : {}),
      },
      ...amounts.map((text, column) => {
        const changed = row === 0 || page.moneyRows[row - 1]!.amounts[column] !== text;
        return { text, size, ...(changed ? { font: 'bold' as const } : { colour: colours.soft }) };
      }),
    ]),
  );
  paper.write(page.moneyNote, { size: 7.5, colour: colours.soft });
}

async function writeLogged(
  paper: Paper,
  { entries, gaps, leftOut }: NonNullable<DossierPage['logged']>,
): Promise<void> {
  paper.heading('What a log beside the table says');
  paper.write(
    'Triggers wrote it beside the table that the order was imported from. It is evidence and no fact: nothing makes such a log keep everything.',
    { size: 7.5, colour: colours.soft },
  );
  if (entries.length === 0) paper.write('It has no entry on this order.');
  else {
    await paper.table(
      [
        { title: '#', width: 22 },
        { title: 'When (UTC)', width: 95 },
        { title: 'Who, as it says', width: 80 },
        { title: 'What', width: paper.width - 327 },
        { title: 'Where it stands', width: 130 },
      ],
      entries,
    );
  }
  if (gaps.length === 0) paper.write('No gap was found in it.');
  else {
    paper.need(60);
    paper.write('Where it cannot be the whole story', { font: 'bold', size: 9.5, colour: colours.late });
    await paper.table(
      [
        { title: '#', width: 22 },
        { title: 'What is missing', width: paper.width - 262 },
        { title: 'After', width: 120 },
        { title: 'Before', width: 120 },
      ],
      gaps,
    );
  }
  if (leftOut !== undefined) paper.write(leftOut);
}

/** A fact stands whole on one page where it can: what it changed belongs to who did it. */
const roughHeightOf = ({ about, changes }: DossierPage['timeline'][number]): number =>
  Math.min(36 + 12 * about.length + 10 * changes.length, 500);

function writeFact(paper: Paper, entry: DossierPage['timeline'][number]): void {
  const { version, says, marks, about, changes } = entry;
  paper.need(roughHeightOf(entry));
  const title = [`${version}  ${says}`, ...marks.map((mark) => `[${mark}]`)].join(' ');
  paper.write(title, { font: 'bold', size: 9.5, colour: marks.length > 0 ? colours.late : colours.accent, after: 3 });
  paper.labelled(about, { indent: 14 });
  paper.labelled([['Changed', changes.length > 0 ? changes.join('\n') : 'nothing that is shown']], { indent: 14 });
  paper.y += 8;
}
