import { inflateSync } from 'node:zlib';
import { personOnPageOf, shownAs } from '@orderlog/order-contract';
import { CommandFailed, messageOf } from '../terminal/command-failed.js';

export interface DossierFile {
  form: 'json' | 'html' | 'pdf';
  /** The signed data that is in it, parsed. */
  content: unknown;
  /** What it says of who the customer is, beside what is signed; undefined: nothing. */
  unsignedCustomer: string | undefined;
}

/** More than any dossier comes to: a file must not unpack into all of the memory. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Finds the signed data in a dossier of any form. Nothing is run and nothing is fetched.
 * @throws CommandFailed where there is none, or more than one that could be meant
 */
export function readDossierFile(file: Buffer): DossierFile {
  const head = file.subarray(0, 1024).toString('latin1').trimStart();
  if (head.startsWith('%PDF-')) {
    return found('pdf', parsed(attachedTo(file), 'its attachment dossier.json'));
  }
  if (head.startsWith('<')) {
    const page = file.toString('utf8');
    return found('html', parsed(embeddedIn(page), 'the data in it'), personOnPageOf(page));
  }
  return found('json', parsed(file.toString('utf8'), 'it'));
}

function found(form: DossierFile['form'], content: unknown, onPage?: string): DossierFile {
  const beside = (content as { customer?: unknown } | null)?.customer;
  const said = [onPage, beside === undefined ? undefined : JSON.stringify(beside)].filter((text) => text);
  return { form, content, unsignedCustomer: said.length > 0 ? said.join('; ') : undefined };
}

/** @throws CommandFailed also where a name stands twice in one object: two readers could read two things in it */
function parsed(text: string, what: string): unknown {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    // It quotes the file, whose control characters a terminal would obey.
    throw new CommandFailed(
      `this is no dossier: ${what} is not JSON: ${shownAs(messageOf(cause))}`,
      'Is it whole, and a file that `orderlog dossier` made? If in doubt, fetch the dossier again.',
    );
  }
  if (namesIn(content) === namesWritten(text)) return content;
  throw new CommandFailed(
    `this is no dossier: ${what} has a name twice in one object, and says two things`,
    'Somebody has written into it. Fetch the dossier again from whoever issued it.',
  );
}

const namesWritten = (text: string): number =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;

const namesIn = (content: unknown): number =>
  typeof content === 'object' && content !== null
    ? (Array.isArray(content) ? 0 : Object.keys(content).length) +
      Object.values(content).reduce<number>((sum, value) => sum + namesIn(value), 0)
    : 0;

function embeddedIn(page: string): string {
  const embedded = [...page.matchAll(/<script type="application\/json" id="dossier">([^<]*)<\/script>/g)];
  return the(embedded, 'page')[1]!;
}

/** Attachments as our writer makes them. Another program may have written the whole anew, and packed it otherwise. */
function attachedTo(file: Buffer): string {
  const text = file.toString('latin1');
  const attachments = [
    ...text.matchAll(/\d+ 0 obj\r?\n<<(?:(?!endobj)[^])*?\/Type \/EmbeddedFile\b(?:(?!endobj)[^])*?stream\r?\n/g),
  ];
  const attachment = the(attachments, 'PDF');
  const length = Number(/\/Length (\d+)/.exec(attachment[0])?.[1]);
  const start = attachment.index + attachment[0].length;
  const bytes = file.subarray(start, start + length);
  try {
    const packed = attachment[0].includes('/FlateDecode');
    return (packed ? inflateSync(bytes, { maxOutputLength: mostBytes }) : bytes).toString('utf8');
  } catch (cause) {
    throw new CommandFailed('the attachment of this PDF cannot be unpacked', resaved.PDF, { cause });
  }
}

const resaved = {
  page: 'Is it whole? Was it saved anew by another program? Fetch the dossier again.',
  PDF: 'Is it whole? Was it saved anew by another program? Save its attachment dossier.json from a viewer, and verify that; or fetch the dossier again.',
};

function the<T>(sets: T[], what: keyof typeof resaved): T {
  const [first, ...others] = sets;
  if (first === undefined) throw new CommandFailed(`this ${what} has no dossier in it`, resaved[what]);
  if (others.length > 0) {
    throw new CommandFailed(`this ${what} has ${sets.length} sets of data in it, and a dossier has one`, resaved[what]);
  }
  return first;
}
