import { shownAs } from '@orderlog/order-contract';
import type { Command } from 'commander';
import type { Config } from '../config.js';
import { exitCodes } from '../terminal/exit-codes.js';
import { count, counted, duration } from '../terminal/numbers.js';
import { Progress } from '../terminal/progress.js';
import { runCommand } from '../terminal/run-command.js';
import { type Difference, mostShown } from './known-facts.js';
import type { Step, Verified } from './verify.js';
import { wayOn } from './way-on.js';

export function verifyCommand(program: Command, config: () => Config): void {
  program
    .command('verify')
    .description(
      'has anybody touched a fact? compares the store with its chains, the checkpoints, the topic and the views',
    )
    .option('--order <id>', 'only this order')
    .option(
      '--public-key <file>',
      'only this key’s signatures count (PEM); otherwise those that the audit’s schema lists',
    )
    .option('--checkpoint <file>', 'also this checkpoint, which somebody has put by (JSON, of GET /audit/checkpoints)')
    .addHelpText(
      'after',
      `
It checks each order's chain, computed again from what Postgres holds; that no position is missing; that each kept state
(snapshot), and the last state of each order on its topic, is what its facts fold to; the signature and root of each
checkpoint, computed again from Postgres; and that what waits in the outbox, the topic, the audit and revenue have the same
facts: word for word, and revenue's totals as the sums of its entries. What was refused has to be the same in
orders.attempts, its topic and the audit; the audit's findings are found again. Answers under idempotency keys name facts that
are there; a customer's key is that customer's, and is gone once a fact says that it was destroyed. With --order only one order's facts are read,
and proved against the latest checkpoint one by one; totals are not.

It reads as role verify (VERIFY_DATABASE_URL) and changes nothing. What is placed while it runs is not compared; what is on
its way to the topic or to a projection is no difference. It holds about 200 bytes for each fact, as many again for each line
that revenue counts, and about 500 for each order. What the topic has wrong \`orderlog republish\` sends again; what the store
lacks since it was put back from a backup \`orderlog recover\` brings back.

Exit codes: 0 all hold the same, 3 something differs (the first of it is named), 1 it could not be looked at.`,
    )
    .action((options: { order?: string; publicKey?: string; checkpoint?: string }) =>
      runCommand(async (signal) => {
        const { verify } = await import('./verify.js');
        const began = performance.now();
        const progress = new Map<string, Progress>();
        const verified = await verify({
          config: config(),
          ...options,
          signal,
          onStep: (step, done, of) => {
            if (!progress.has(step)) {
              progress.forEach((earlier) => earlier.clear());
              progress.set(step, new Progress({ what: `verifying the ${step}`, unit: units[step] ?? 'facts' }));
            }
            progress.get(step)!.at(done, of);
          },
        }).finally(() => progress.forEach((step) => step.clear()));
        const tookMs = performance.now() - began;
        for (const line of reportOf(verified)) process.stdout.write(`${line}\n`);
        const rate = count(Math.round(verified.facts / (tookMs / 1_000)));
        process.stdout.write(`${duration(tookMs)}, ${rate} facts/s\n`);
        return verified.differences.length > 0 ? exitCodes.findings : exitCodes.done;
      }),
    );
}

/** What is counted while a step is under way, where it is no facts. */
const units: Partial<Record<Step, string>> = {
  topic: 'messages',
  states: 'orders',
  snapshots: 'states',
  findings: 'orders',
};

/** What was found, a line each; the first difference first. */
export function reportOf(verified: Verified): string[] {
  const { facts, differences, differenceCount, waiting, putRight, auditAhead, revenueAhead, checkpoints, keyIds } =
    verified;
  const [first, ...others] = differences;
  const lines: string[] = [];
  if (first) {
    lines.push(`DIFFERENCE: ${sentenceOf(first)}`);
    lines.push(...others.slice(0, mostShown - 1).map((other) => `  also: ${sentenceOf(other)}`));
    if (differenceCount > mostShown) lines.push(`  and ${count(differenceCount - mostShown)} more`);
    lines.push(`What to do: ${wayOn(differences)} docs/operations.md says more.`);
  } else {
    const holders = [
      'store',
      'topic',
      ...(auditAhead === null ? [] : ['audit']),
      ...(revenueAhead === null ? [] : ['revenue']),
    ];
    const soFar = auditAhead || revenueAhead ? ', as far as they have read it' : '';
    lines.push(`${counted(facts, 'fact')}: the chains hold, and ${listOf(holders)} have the same${soFar}.`);
  }
  if (checkpoints) {
    const listed = keyIds.length === 0 ? 'no key that counts' : `key ${listOf(keyIds)}, as the audit’s schema has it`;
    const keys = verified.keysGiven ? 'the key that was given' : listed;
    lines.push(
      checkpoints.count === 0
        ? 'No checkpoint has been signed yet.'
        : `${counted(checkpoints.count, 'checkpoint')}, the largest over ${counted(checkpoints.facts, 'fact')}; signed by ${keys}.`,
    );
  }
  if (verified.attempts > 0 && !differences.some(({ where }) => where === 'attempts')) {
    lines.push(`${counted(verified.attempts, 'refused command')}: the messages of them say the same.`);
  }
  if (verified.states > 0 && !differences.some(({ where }) => where === 'states')) {
    lines.push(`${counted(verified.states, 'order')}: the latest state on its topic is what its facts fold to.`);
  }
  if (verified.snapshots > 0 && !differences.some(({ where }) => where === 'snapshots')) {
    lines.push(`${counted(verified.snapshots, 'kept state')}: each is what its facts fold to.`);
  }
  if (verified.commands > 0 && !differences.some(({ where }) => where === 'commands')) {
    lines.push(`${counted(verified.commands, 'answer')} kept under an idempotency key: the facts bear them out.`);
  }
  const { unread, unkept, keysLost } = verified;
  if (unkept.count > 0) {
    lines.push(
      `${counted(unkept.count, 'command')} of the last six days had a key that orders.commands does not have: sent again it is decided`,
      'once more. After `orderlog recover` it is so; otherwise somebody has removed rows.',
      ...firstOf(unkept, ({ type, order, version }) => `${type} of order ${order} version ${version}`),
    );
  }
  if (keysLost.count > 0) {
    lines.push(
      `${counted(keysLost.count, 'customer')} nobody can read: the key is not there, and no fact says that it was destroyed. A restore`,
      'loses keys that were made after its backup; otherwise somebody has removed rows of orders.customer_keys.',
      ...firstOf(keysLost, ({ key, customer, order }) => `customer ${customer}: the key ${key}, of order ${order}`),
    );
  }
  if (unread.count > 0) {
    lines.push(
      `${counted(unread.count, 'fact')} of a newer release: ${unread.says.join('; ')}. Their hashes were compared; what they`,
      'mean to revenue and to states was not: for that, verify with the release that wrote them, or newer.',
    );
  }
  if (waiting > 0) lines.push(`${counted(waiting, 'fact')} not in the topic yet: in the outbox.`);
  if (putRight > 0) {
    lines.push(
      `${counted(putRight, 'message')} on the topic that were wrong, with the fact sent again behind: compaction keeps that.`,
    );
  }
  for (const [name, ahead] of [['audit', auditAhead] as const, ['revenue', revenueAhead] as const]) {
    if (ahead === null) lines.push(`${name} was not compared: this database has none.`);
    else if (ahead > 0) lines.push(`${counted(ahead, 'fact')} not read by ${name} yet.`);
  }
  return lines;
}

const firstOf = <T>({ count: all, first }: { count: number; first: T[] }, says: (one: T) => string): string[] => [
  ...first.map((one) => `  ${shownAs(says(one))}`),
  ...(all > first.length ? [`  and ${count(all - first.length)} more`] : []),
];

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

function sentenceOf({ where, order, version, position, what }: Difference): string {
  const who = order === null ? '' : ` order ${order}${version === null ? '' : ` version ${version}`}`;
  const place = position === null ? '' : ` at position ${position}`;
  // What somebody wrote into a table must not tell the terminal what to do, nor look like a line of ours.
  return shownAs(who || place ? `${where}:${who}${place}: ${what}` : `${where}: ${what}`);
}
