import { count, counted, duration, pounds } from '../terminal/numbers.js';
import type { Imported } from './import-online-retail.js';
import { lineRefusals } from './line-refusals.js';

/** The same as the text, for programs; money in pennies, as text: a sum may be above what a number keeps exactly. */
export const summaryOf = (imported: Imported, report: string, waitedMs: number | undefined) => ({
  file: imported.file,
  lines: imported.lines,
  invoices: imported.invoices,
  keptNow: imported.keptNow,
  keptBefore: imported.keptBefore,
  facts: imported.facts,
  refused: imported.refused.length,
  refusedBy: Object.fromEntries(byReason(imported)),
  differing: imported.differing,
  report,
  money: Object.fromEntries(Object.entries(moneyOf(imported)).map(([kind, pennies]) => [kind, String(pennies)])),
  seconds: {
    reading: imported.readMs / 1000,
    storing: imported.storeMs / 1000,
    ...(waitedMs !== undefined && { revenue: waitedMs / 1000 }),
  },
});

const moneyOf = ({ money }: Imported) => ({
  ...money,
  net: money.sales + money.returns + money.adjustments,
});

function byReason({ refused }: Imported): Map<keyof typeof lineRefusals, number> {
  const counts = new Map<keyof typeof lineRefusals, number>();
  for (const { reason } of refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}

/** What a person reads when the import is done. */
export function textOf(imported: Imported, report: string, waitedMs: number | undefined): string {
  const { keptNow, keptBefore, notedTimes } = imported;
  const money = moneyOf(imported);
  const row = (name: string, lines: number, rest: string) =>
    `  ${name.padEnd(16)}${count(lines).padStart(12)} lines   ${rest}`.trimEnd();
  const sum = (name: string, pennies: bigint) => `  ${name.padEnd(16)}${pounds(pennies).padStart(18)}`;
  const seconds = imported.readMs + imported.storeMs;
  const text = [
    `${imported.file}: ${counted(imported.lines, 'line')} in ${counted(imported.invoices, 'invoice')}`,
    row('stored now', keptNow.lines, `${counted(keptNow.invoices, 'order')}, ${counted(imported.facts, 'fact')}`),
    row('there before', keptBefore.lines, counted(keptBefore.invoices, 'order')),
    row('refused', imported.refused.length, imported.refused.length > 0 ? report : ''),
    ...[...byReason(imported)].map(
      ([reason, lines]) => `${' '.repeat(18)}${count(lines).padStart(10)} ${reason}: ${lineRefusals[reason]}`,
    ),
    'Of the lines that are in the store:',
    sum('sales', money.sales),
    sum('returns', money.returns),
    sum('adjustments', money.adjustments),
    sum('net', money.net),
  ];
  if (notedTimes.doesNotExist > 0) {
    text.push(
      `${counted(notedTimes.doesNotExist, 'line')} at a time that London's clocks never showed: read as GMT, and noted.`,
    );
  }
  if (notedTimes.existsTwice > 0) {
    text.push(
      `${counted(notedTimes.existsTwice, 'line')} at a time that London's clocks showed twice: read as the first, and noted.`,
    );
  }
  if (imported.severalCustomers > 0) {
    text.push(
      `${counted(imported.severalCustomers, 'invoice')} with more than one customer: the first is kept, all are noted.`,
    );
  }
  if (imported.unknownColumns.length > 0) text.push(`Columns not read: ${imported.unknownColumns.join(', ')}`);
  if (imported.differing.length > 0) {
    text.push(
      `${counted(imported.differing.length, 'invoice')} not as in the store, which was not changed: ${imported.differing.slice(0, 5).join(', ')}${imported.differing.length > 5 ? ' …' : ''}`,
    );
  }
  const rate = count(imported.lines / (seconds / 1000));
  text.push(
    `${duration(seconds)} (reading ${duration(imported.readMs)}, storing ${duration(imported.storeMs)}), ${rate} lines/s` +
      (waitedMs ? `; revenue had caught up ${duration(waitedMs)} later` : ''),
  );
  return `${text.join('\n')}\n`;
}
