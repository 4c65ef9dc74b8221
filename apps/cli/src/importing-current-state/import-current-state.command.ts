import type { Command } from 'commander';
import type { Config } from '../config.js';
import { runCommand } from '../terminal/run-command.js';
import { wholeNumber } from '../terminal/whole-number.js';
import type { CurrentStateOptions } from './run-current-state.js';

export function currentStateCommand(imports: Command, config: () => Config): void {
  imports
    .command('current-state')
    .description(
      'a table of current state, from a file or a database: each row becomes an order whose history before is unknown',
    )
    .argument('<source>', 'a .csv or .csv.gz file, or a postgres:// URL with --table or --query')
    .option('--table <name>', 'of a database: the table, also as schema.table')
    .option('--query <select>', 'of a database: a select instead of a table')
    .option(
      '--map <field=column,…>',
      'where a column has another name: total=amount_due,orderId=id; field= is not read',
    )
    .option('--currency <code>', 'of rows that name none: GBP')
    .option('--minor-units', 'amounts are whole minor units (7999), not decimals (79.99)')
    .option('--no-minor-units', 'amounts are decimals, though none of them has a point (7999 is 7999.00)')
    .option('--decimal-comma', 'amounts are written with a comma (79,99), not with a point')
    .option('--no-decimal-comma', 'amounts are written with a point; rows with a comma in one are refused')
    .option(
      '--paid-status <words>',
      'statuses that mean that the total was paid, where no column says it: paid,shipped',
    )
    .option('--time-zone <name>', 'of times that have none: Europe/London', 'UTC')
    .option('--stood-at <time>', 'when the table stood so, of an old export (default: now)')
    .option(
      '--audit-log <csv or table>',
      'the log that triggers wrote beside it (default: audit_log, or audit_log.csv, if it is there)',
    )
    .option('--no-audit-log', 'leave such a log alone')
    .option('--audit-of <table>', 'which table’s entries of the log are meant, where it has those of several')
    .option('--map-audit <field=column,…>', 'the same as --map, of the log: before=old_row,at=logged')
    .option('--report <file>', 'where refused rows are written (default: .orderlog/imports/<name>.refused.csv)')
    .option('--encoding <name>', 'of files: utf-8, windows-1252 …', 'utf-8')
    .option('--most-rows <number>', 'refuse more: rows and entries are held in memory', wholeNumber, 5_000_000)
    .option('--json', 'print the summary as JSON', false)
    .addHelpText(
      'after',
      `
Every row ends up in a fact or in the report. Rows with one ID that contradict each other are kept as claims, and the order
is on hold until a person decides: POST /orders/{orderId}/resolution. The log beside the table is kept as evidence, and its
gaps are pointed out. Names, e-mails and addresses are not read. The source is only read; running it again adds nothing.
The whole mapping: docs/importing-current-state.md

Fields: orderId, total, status, currency, customerId, captured, refunded, createdAt, updatedAt
Of the log: id, table, orderId, action, column, before, after, at, actor

Exit codes: 0 done (refused rows are in the report), 3 done but there is something that a person has to look at (orders on
hold, IDs that are taken, gaps in the log), 1 failed.

  orderlog import current-state orders.csv --currency GBP --audit-log audit_log.csv
  orderlog import current-state postgres://reader@db/shop --table orders
  orderlog import current-state postgres://reader@db/shop --query "select no as id, gross as total, 'GBP' as currency from sales"`,
    )
    .action((source: string, options: CurrentStateOptions) =>
      runCommand(async (signal) => {
        const { runCurrentState } = await import('./run-current-state.js');
        return runCurrentState(source, options, config(), signal);
      }),
    );
}
