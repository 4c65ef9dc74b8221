import type { KeyObject } from 'node:crypto';
import {
  checkDossier,
  dossierFormat,
  keyIdOf,
  pageSealOf,
  publicKeyOf,
  shownAs,
  withoutCheckpoint,
  type Dossier,
  type PageSeal,
} from '@orderlog/order-contract';
import { formatMoney } from '@orderlog/order-domain';
import { CommandFailed } from '../terminal/command-failed.js';
import { counted } from '../terminal/numbers.js';
import { readDossierFile, type DossierFile } from './read-dossier-file.js';

export interface VerifiedDossier {
  /** What is wrong, in the order in which it was met; empty: it holds. */
  problems: string[];
  /** What was found to hold, or is for a person to know. */
  lines: string[];
}

/**
 * Checks a dossier of any form.
 * @param keyText PEM, or what GET /dossier-key answers as JSON
 * @param auditKeyText PEM, or what GET /audit/checkpoints/public-key of the audit answers
 */
export function verifyDossier(file: Buffer, keyText?: string, auditKeyText?: string): VerifiedDossier {
  const given = keyText === undefined ? undefined : keyFrom(keyText);
  const audit = auditKeyText === undefined ? undefined : keyFrom(auditKeyText);
  const read = readDossierFile(file);
  const { form, content } = read;
  const { problems, dossier, key } = checkDossier(content, given, audit);
  const wrong = problems.map(({ where, what }) => `${where}: ${what}`);
  const seal = form !== 'json' && key ? pageSealOf(file, form, key) : 'holds';
  if (seal !== 'holds') wrong.push(`page: ${pageProblems[seal]}`);
  const keys = { given: given !== undefined, auditGiven: audit !== undefined };
  const lines = dossier && key ? linesOf(dossier, { key, ...keys, file: read }) : [];
  // Whoever made the file wrote it: on a terminal, its control characters could write HOLDS over what we say.
  return { problems: wrong.map(shownAs), lines: lines.map(shownAs) };
}

function keyFrom(text: string): KeyObject {
  try {
    const pem = text.trimStart().startsWith('{') ? (JSON.parse(text) as { publicKey: string }).publicKey : text;
    return publicKeyOf(pem);
  } catch (cause) {
    throw new CommandFailed(
      'the key is no public key of Ed25519',
      'Give it in PEM, as `GET /dossier-key` answers (curl … > public.pem), and the audit’s `GET /audit/checkpoints/public-key`.',
      { cause },
    );
  }
}

const pageProblems: Record<Exclude<PageSeal, 'holds'>, string> = {
  none: 'it does not end in its seal: it was changed after it was made (a browser’s “save page” does that); what it shows is not proved, only the data in it',
  changed: 'what it shows is not what was issued: it was changed after it was sealed',
  'of another key': 'it was sealed with another key',
};

function linesOf(
  dossier: Dossier,
  {
    key,
    given,
    auditGiven,
    file: { form, unsignedCustomer },
  }: { key: KeyObject; given: boolean; auditGiven: boolean; file: DossierFile },
): string[] {
  const { order, facts, attempts, proofs } = dossier;
  const money = (amount: number) => formatMoney(amount, order.currency);
  const { ordered, discounted, captured, refunded, owed } = order.money;
  return [
    `order ${dossier.orderId}, ${order.status}; dossier issued ${dossier.issuedAt} (${form})`,
    given
      ? `key ${keyIdOf(key)}, as given`
      : `key ${keyIdOf(key)}, the one in the file: that it is the issuer’s, only --key can prove (their GET /dossier-key)`,
    `${counted(facts.length, 'fact')}, ${counted(attempts.length + dossier.attemptsNotShown, 'refused attempt')}; head of the chain ${proofs.chain.head.hash}`,
    `ordered ${money(ordered)}, discounted ${money(discounted)}, captured ${money(captured)}, refunded ${money(refunded)}, owed ${money(owed)}`,
    checkpointLine(dossier, auditGiven),
    ...(dossier.format === dossierFormat
      ? []
      : [
          `of the older format ${dossier.format}: its sentences and changes, and its lists, are its issuer’s word; a new dossier’s are told again from the facts`,
        ]),
    ...(unsignedCustomer === undefined
      ? []
      : [`not signed, and so not proved: that the customer is ${unsignedCustomer}`]),
    `not proved by any dossier: that what people said is true, and that nothing followed version ${order.version}`,
  ];
}

function checkpointLine({ proofs, facts }: Dossier, given: boolean): string {
  const { checkpoint, withoutCheckpoint: why } = proofs;
  if (!checkpoint) {
    return `no checkpoint: ${withoutCheckpoint[why ?? 'no-audit']}`;
  }
  const { version, treeSize, issuedAt, keyId } = checkpoint;
  const younger = version >= facts.at(-1)!.version ? '' : `, not for what follows (versions ${version + 1} and up)`;
  const whose = given ? 'as given' : 'the one in the file: that it is the audit’s, only --audit-key can prove';
  return `the audit signed for versions 1 to ${version}${younger}, among ${counted(treeSize, 'fact')}, ${issuedAt}; key ${keyId}, ${whose}`;
}
