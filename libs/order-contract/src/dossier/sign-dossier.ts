import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalBytes } from '../canonical-document.js';
import { keyIdOf, signingKeyOf } from '../checkpoint.js';
import type { Data } from '../stored-fact.js';
import type { Dossier, SignedDossier } from './dossier.js';

/**
 * Reads a private key of Ed25519: PKCS #8 in PEM (line ends may be written `\n`, as some secret stores do), or its seed,
 * 32 bytes in base64.
 * @throws Error where it is neither; the message does not repeat the text
 */
export function privateKeyOf(text: string): KeyObject {
  if (!text.includes('-----BEGIN')) {
    const seed = Buffer.from(text, 'base64');
    if (seed.length !== 32) throw new Error('must be 32 bytes in base64 (openssl rand -base64 32), or PKCS #8 in PEM');
    return signingKeyOf(seed);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(text.replaceAll('\\n', '\n'));
  } catch {
    throw new Error('is no private key in PEM (openssl genpkey -algorithm ed25519)');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`is a key of ${key.asymmetricKeyType}, not of ed25519`);
  return key;
}

export const publicPemOf = (key: KeyObject): string =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'pem', type: 'spki' }) as string;

/** Stands for a dossier, with Ed25519 over its RFC 8785 bytes. */
export const signDossier = (dossier: Dossier, key: KeyObject): SignedDossier => ({
  dossier,
  signature: {
    algorithm: 'Ed25519',
    over: 'the RFC 8785 bytes of dossier',
    keyId: keyIdOf(key),
    publicKey: publicPemOf(key),
    value: sign(null, canonicalBytes(dossier as unknown as Data), key).toString('base64'),
  },
});

/** @param dossier as it was parsed, with whatever else it may hold: all of it is what the signature is over */
export const dossierSignatureHolds = (dossier: unknown, signature: string, key: KeyObject): boolean =>
  verify(null, canonicalBytes(dossier as Data), key, Buffer.from(signature, 'base64'));

/**
 * The person on a page stands in an element of its own, as text, and is not sealed: once they are forgotten, a copy
 * without them must hold as well. The emptied element is sealed, so that the text cannot be moved to another place.
 */
const personOnPage = /(?<=<p id="person">)[^<>]*(?=<\/p>)/g;

/** What a page shows as the customer, in its HTML: text that nobody has signed. Undefined: it shows none. */
export const personOnPageOf = (page: string): string | undefined => page.match(personOnPage)?.[0];

/** What of a page is sealed. One byte a character (latin1), so that no byte is lost in reading it. */
const sealedBytes = (page: Buffer, form: PageForm): Buffer => {
  const digest = createHash('sha256');
  digest.update(form === 'html' ? Buffer.from(page.toString('latin1').replace(personOnPage, ''), 'latin1') : page);
  return Buffer.from(`orderlog-dossier-page/1 ${form} ${digest.digest('hex')}`);
};

export type PageForm = 'html' | 'pdf';

const comments: Record<PageForm, [string, string]> = { html: ['<!-- ', ' -->'], pdf: ['% ', ''] };
const sealAtEnd = /(?:<!-- |% )orderlog-seal ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)(?: -->)?\r?\n?$/;

/**
 * Closes a page with a comment that signs every byte before it. What is embedded proves the data; this proves that what
 * one *sees* is what was issued: without it, a number on the page could be changed and the data inside would still hold.
 */
export function sealPage(page: Buffer, form: PageForm, key: KeyObject): Buffer {
  const [open, close] = comments[form];
  const value = sign(null, sealedBytes(page, form), key).toString('base64');
  return Buffer.concat([page, Buffer.from(`${open}orderlog-seal ${keyIdOf(key)} ${value}${close}\n`)]);
}

/** `none`: it does not end in a seal. */
export type PageSeal = 'holds' | 'changed' | 'of another key' | 'none';

/** How the seal at the end of a page stands to the rest of it, to the byte. */
export function pageSealOf(file: Buffer, form: PageForm, key: KeyObject): PageSeal {
  const tail = file.subarray(Math.max(0, file.length - 256)).toString('latin1');
  const found = sealAtEnd.exec(tail);
  if (!found) return 'none';
  if (found[1] !== keyIdOf(key)) return 'of another key';
  const page = file.subarray(0, file.length - (tail.length - found.index));
  return verify(null, sealedBytes(page, form), key, Buffer.from(found[2]!, 'base64')) ? 'holds' : 'changed';
}
