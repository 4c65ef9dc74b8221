import { readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Option, type Command } from 'commander';
import type { Config } from '../config.js';
import { CommandFailed, messageOf } from '../terminal/command-failed.js';
import { type ExitCode, exitCodes } from '../terminal/exit-codes.js';
import { runCommand } from '../terminal/run-command.js';
import { type DossierFormat, dossierFormats, fetchDossier } from './fetch-dossier.js';

interface Asked {
  format?: DossierFormat;
  out?: string;
  customer?: boolean;
}

interface Keys {
  key?: string;
  auditKey?: string;
}

export function dossierCommand(program: Command, config: () => Config): void {
  const dossier = program
    .command('dossier')
    .description('what settles a dispute: everything that happened to an order, with proofs, signed')
    .argument('<order>', 'the order’s ID')
    .addOption(
      new Option('--format <format>', 'json, html or pdf; by the file’s name where --out says one').choices([
        ...dossierFormats,
      ]),
    )
    .option('--out <file>', 'where to; standard output where it is not said')
    .option('--customer', 'also who the customer is, where that is known (not in a PDF; not signed)')
    .addHelpText('after', '\nReads ORDERS_URL. `orderlog dossier verify FILE` checks what it wrote, offline.')
    .action((order: string, asked: Asked) => runCommand((signal) => write(config(), order, asked, signal)));
  dossier
    .command('verify')
    .description('does a dossier hold? JSON, HTML or PDF, offline, with the public key alone')
    .argument('<file>', 'the dossier')
    .option('--key <file>', 'the issuer’s public key, PEM (curl ORDERS_URL/dossier-key > public.pem)')
    .option('--audit-key <file>', 'the audit’s public key, PEM (publicKey of AUDIT_URL/audit/checkpoints/public-key)')
    .addHelpText(
      'after',
      `
It checks the signature, that no version is missing, the chain (computed again from the facts), the money after every fact
(folded again by the rules of an order), every sentence, change and list (told again from the facts), the proof that the facts
are under a checkpoint that the audit has signed, and that an HTML or PDF page is to the byte as it was issued. Without --key and --audit-key it takes the keys that are in the file:
that nobody changed it since is then proved, but not who made it. With --audit-key a dossier without a checkpoint does not hold.

Exit codes: 0 it holds, 3 it does not (the first thing that is wrong is named), 1 it could not be read.`,
    )
    .action((file: string, options: Keys) => runCommand(() => verify(file, options)));
}

async function write(config: Config, order: string, asked: Asked, signal: AbortSignal): Promise<ExitCode> {
  const { out, customer = false } = asked;
  const format = asked.format ?? formatOf(out) ?? 'json';
  if (format === 'pdf' && out === undefined && process.stdout.isTTY) {
    throw new CommandFailed('a PDF says nothing on a terminal', 'Say where to: --out dossier.pdf');
  }
  const bytes = await fetchDossier(config.ORDERS_URL, order, { format, customer, signal });
  if (out === undefined) {
    process.stdout.write(bytes);
    return exitCodes.done;
  }
  try {
    await writeFile(out, bytes);
  } catch (cause) {
    throw new CommandFailed(`${out} cannot be written (${messageOf(cause)})`, 'Name another file by --out.');
  }
  process.stderr.write(`${out}: the dossier of order ${order}\n`);
  return exitCodes.done;
}

const formatOf = (out: string | undefined): DossierFormat | undefined =>
  dossierFormats.find((format) => out !== undefined && extname(out).toLowerCase() === `.${format}`);

async function verify(file: string, files: Keys): Promise<ExitCode> {
  const { verifyDossier } = await import('./verify-dossier.js');
  const keyIn = async (path: string | undefined) =>
    path === undefined ? undefined : (await read(path)).toString('utf8');
  const keys = [await keyIn(files.key), await keyIn(files.auditKey)] as const;
  const { problems, lines } = verifyDossier(await read(file), ...keys);
  const [first, ...others] = problems;
  process.stdout.write(first === undefined ? `HOLDS: ${file}\n` : `DOES NOT HOLD: ${file}: ${first}\n`);
  for (const other of others) process.stdout.write(`  also: ${other}\n`);
  if (first !== undefined && lines.length > 0) process.stdout.write('What it says, which is not proved:\n');
  for (const line of lines) process.stdout.write(`  ${line}\n`);
  return first === undefined ? exitCodes.done : exitCodes.findings;
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CommandFailed(`${file} cannot be read (${messageOf(cause)})`, 'Look at its name.');
  }
}
