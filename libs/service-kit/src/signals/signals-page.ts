import type { Signals } from './signal-log.js';

/** An app's signals as its section of docs/operations.md; each app's test compares. */
export function signalsSection(app: string, signals: Signals): string {
  const rows = Object.entries(signals).map(
    ([name, { level, fields, says, then }]) =>
      `| \`${name}\` | ${level} | ${fields.map((field) => `\`${field}\``).join(', ')} | ${says} | ${then ?? ''} |`,
  );
  return [
    `<!-- signals of ${app} -->`,
    '| signal | level | fields | what it says | what you do |',
    '|---|---|---|---|---|',
    ...rows,
    `<!-- end of ${app} -->`,
  ].join('\n');
}

/** @returns the page with this app's section in its place; a page without one gets it at its end, under a heading. */
export function withSignalsSection(page: string, app: string, signals: Signals): string {
  const section = signalsSection(app, signals);
  const begin = page.indexOf(`<!-- signals of ${app} -->`);
  const mark = `<!-- end of ${app} -->`;
  const end = page.indexOf(mark);
  if (begin < 0 || end < 0) return `${page.trimEnd()}\n\n## ${app}\n\n${section}\n`;
  return page.slice(0, begin) + section + page.slice(end + mark.length);
}
