import { describe, expect, it } from '@jest/globals';
import { formatInstant } from '@orderlog/instant';
import { leafHash } from '@orderlog/merkle-tree';
import {
  canonicalBytes,
  canonicalDocument,
  dossierOf,
  hashOf,
  noHash,
  privateKeyOf,
  publicPemOf,
  signCheckpoint,
  signingKeyOf,
  sealPage,
  signDossier,
  toStored,
  type DossierSources,
} from '@orderlog/order-contract';
import PDFDocument from 'pdfkit';
import { verifyDossier } from './verify-dossier.js';

const key = privateKeyOf(Buffer.alloc(32, 7).toString('base64'));
const pem = publicPemOf(key);
const at = 1_795_528_920_000_000;
const placed = {
  ...toStored({
    type: 'OrderPlaced',
    customerId: 'c-1',
    channel: 'api',
    currency: 'GBP',
    lines: [{ line: 1, sku: 'TEAPOT', quantity: 1, unitPrice: 8999, amount: 8999 }],
    total: 8999,
  }),
  eventId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c07398f',
  metadata: { actor: 'web shop' },
  occurredAt: at,
  recordedAt: at,
  version: 1,
};
const hash = hashOf(noHash, canonicalBytes(canonicalDocument({ ...placed, orderId: '8471' })));
const signedWith = (checkpoint: DossierSources['checkpoint']) =>
  signDossier(
    dossierOf({
      orderId: '8471',
      issuedAt: at,
      facts: [{ ...placed, stream: '8471', position: 1, previousHash: noHash, hash }],
      attempts: [],
      attemptsNotShown: 0,
      store: { position: 1, recordedAt: at, hash },
      checkpoint,
    }),
    key,
  );
const signed = signedWith('not-yet');

/** The audit's word for the only fact that there is. */
const auditKey = signingKeyOf(Buffer.alloc(32, 9));
const auditPem = publicPemOf(auditKey);
const checkpoint = signCheckpoint({ origin: 'o', treeSize: 1, rootHash: leafHash(hash), issuedAt: at }, auditKey);
const word = {
  ...{ version: 1, proof: [], origin: 'o', treeSize: 1, keyId: checkpoint.keyId, publicKey: auditPem },
  ...{ rootHash: checkpoint.rootHash.toString('hex'), signature: checkpoint.signature.toString('hex') },
  issuedAt: formatInstant(at),
};

const json = JSON.stringify(signed);
const page = `<!doctype html>\n<p>To pay 89.99</p>\n<script type="application/json" id="dossier">${json}</script>\n`;
const html = sealPage(Buffer.from(page), 'html', key);
const pdfOf = (...attachments: string[]) =>
  new Promise<Buffer>((resolve) => {
    const pdf = new PDFDocument();
    const chunks: Buffer[] = [];
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
    pdf.text('To pay 89.99');
    attachments.forEach((text, index) =>
      pdf.file(Buffer.from(text), { name: `${index}.json`, type: 'application/json' }),
    );
    pdf.end();
  });
const firstProblem = (file: Buffer, keyText: string | undefined = pem) => verifyDossier(file, keyText).problems[0];

describe('orderlog dossier verify', () => {
  it('finds the signed data in each form, and it holds', async () => {
    const pdf = sealPage(await pdfOf(json), 'pdf', key);
    for (const file of [Buffer.from(json), Buffer.from(JSON.stringify(signed, undefined, 2)), html, pdf]) {
      expect(verifyDossier(file, pem).problems).toEqual([]);
    }
  });

  it('takes the key as GET /dossier-key answers, PEM or JSON, and without one says what that proves', () => {
    expect(firstProblem(html, JSON.stringify({ algorithm: 'Ed25519', publicKey: pem }))).toBeUndefined();
    expect(verifyDossier(html).lines.join('\n')).toContain('only --key can prove');
    expect(() => verifyDossier(html, 'no key')).toThrow('no public key of Ed25519');
  });

  it.each([
    ['"status":"placed"', '"status":"captured","status":"placed"'],
    ['"facts":[', '"facts":[],"facts" : ['],
  ])('is not read where a name stands twice in one object: %s', (once, twice) => {
    expect(json).toContain(once);
    const message = 'has a name twice in one object';
    expect(() => verifyDossier(Buffer.from(json.replace(once, twice)), pem)).toThrow(message);
    expect(() => verifyDossier(Buffer.from(html.toString().replace(once, twice)), pem)).toThrow(message);
  });

  it('says of the format before that its sentences are its issuer’s word', () => {
    const older = signDossier({ ...signed.dossier, format: 'orderlog-dossier/1' }, key);
    const { problems, lines } = verifyDossier(Buffer.from(JSON.stringify(older)), pem);
    expect(problems).toEqual([]);
    expect(lines.join('\n')).toMatch(
      /of the older format orderlog-dossier\/1: its sentences and changes, .* its issuer’s word/,
    );
    expect(verifyDossier(Buffer.from(json), pem).lines.join('\n')).not.toMatch(/older format/);
  });

  it('names a sentence that the facts do not bear out, though it was signed', () => {
    const [fact] = signed.dossier.facts;
    const facts = [{ ...fact!, says: 'Order placed at 79.99 GBP: 1 × TEAPOT' }];
    const lie = Buffer.from(JSON.stringify(signDossier({ ...signed.dossier, facts }, key)));
    expect(firstProblem(lie)).toBe(
      'telling: facts.0.says is "Order placed at 79.99 GBP: 1 × TEAPOT", and the facts make it "Order placed at 89.99 GBP: 1 × TEAPOT"',
    );
  });

  it('is read as an editor saves it, with a mark of byte order', () =>
    expect(firstProblem(Buffer.from(`\uFEFF${json}`))).toBeUndefined());

  it('says for what the audit has signed, and by whose key that is known', () => {
    const file = Buffer.from(JSON.stringify(signedWith(word)));
    expect(verifyDossier(file, pem).problems).toEqual([]);
    expect(verifyDossier(file, pem).lines.join('\n')).toMatch(
      /signed for versions 1 to 1, among 1 fact, .* only --audit-key can prove/,
    );
    const answer = JSON.stringify({ keyId: checkpoint.keyId, publicKey: auditPem, earlier: [] });
    expect(verifyDossier(file, pem, answer)).toMatchObject({
      problems: [],
      lines: expect.arrayContaining([expect.stringMatching(/key [0-9a-f]{16}, as given$/)]),
    });
    expect(verifyDossier(file, pem, pem).problems).toEqual([
      expect.stringMatching(/^checkpoint: it was signed with key/),
    ]);
  });

  it('says that there is no checkpoint and why, and does not hold where the audit’s key was given', () => {
    const file = Buffer.from(json);
    expect(verifyDossier(file, pem).lines.join('\n')).toContain('no checkpoint: no fact of the order was under');
    expect(verifyDossier(file, pem, auditPem).problems).toEqual([expect.stringMatching(/^checkpoint: there is none/)]);
  });

  it('catches a number changed on the page, though the data in it is untouched', async () => {
    expect(firstProblem(Buffer.from(html.toString().replace('To pay 89.99', 'To pay 9.99')))).toMatch(
      /^page: what it shows/,
    );
    const pdf = sealPage(await pdfOf(json), 'pdf', key);
    expect(firstProblem(Buffer.from(pdf.toString('latin1').replace('/MediaBox [0', '/MediaBox [1'), 'latin1'))).toMatch(
      /^page: what it shows/,
    );
    expect(firstProblem(Buffer.concat([pdf, Buffer.from('% written over by another program\n')]))).toMatch(
      /^page: it does not end in its seal/,
    );
  });

  it('catches a number changed in the data', () => {
    expect(firstProblem(Buffer.from(json.replace('8999', '7999')))).toMatch(/^signature: /);
  });

  it('says that who stands beside it as the customer is not signed, also where somebody wrote them in', () => {
    const beside = JSON.stringify({ ...signed, customer: { name: 'Mallory' } });
    const named = sealPage(Buffer.from(page.replace('<script', '<p id="person">Ada</p>\n<script')), 'html', key);
    const forged = Buffer.from(named.toString().replace('>Ada<', '>Mallory, who paid in cash<'));
    for (const [file, who] of [
      [Buffer.from(beside), '{"name":"Mallory"}'],
      [forged, 'Mallory, who paid in cash'],
    ] as const) {
      expect(verifyDossier(file, pem)).toMatchObject({
        problems: [],
        lines: expect.arrayContaining([`not signed, and so not proved: that the customer is ${who}`]),
      });
    }
    expect(verifyDossier(html, pem).lines.join('\n')).not.toContain('not signed');
  });

  it('writes nothing of the file to a terminal that the terminal would obey', () => {
    const hostile = JSON.parse(json) as typeof signed;
    hostile.dossier.orderId = '8471\u001b[1A\u001b[2KHOLDS';
    hostile.dossier.facts[0]!.type = 'Order\u001b[2K';
    const { problems, lines } = verifyDossier(Buffer.from(JSON.stringify(hostile)), pem);
    expect(problems.join()).toContain('Order[U+001B][2K');
    expect(lines[0]).toContain('8471[U+001B][1A[U+001B][2KHOLDS');
    expect(() => verifyDossier(Buffer.from('no \u001b[2KHOLDS'))).toThrow('[U+001B]');
  });

  it('of a tail cut off does not speak of versions that are not in it', () => {
    const longer = signedWith({ ...word, version: 9 });
    expect(verifyDossier(Buffer.from(JSON.stringify(longer)), pem).lines.join('\n')).not.toContain(
      'versions 10 and up',
    );
  });

  it('says of what is no dossier that it is none', async () => {
    const none = (file: Buffer, says: string | RegExp) => expect(() => verifyDossier(file)).toThrow(says);
    none(Buffer.from('hello'), 'it is not JSON');
    none(Buffer.from('<html></html>'), 'has no dossier in it');
    none(Buffer.from(page + page), 'has 2 sets of data in it');
    none(await pdfOf(), 'has no dossier in it');
    none(await pdfOf(json, `${json} `), 'has 2 sets of data in it');
    none(await pdfOf('hello'), 'is not JSON');
  });
});
