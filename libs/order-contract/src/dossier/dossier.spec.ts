import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { formatInstant, parseInstant } from '@orderlog/instant';
import { GrowingTree, leafHash, Tiles } from '@orderlog/merkle-tree';
import { decide, emptyOrder, evolve, type OrderCommand } from '@orderlog/order-domain';
import fc from 'fast-check';
import { canonicalBytes, canonicalDocument, hashOf, noHash } from '../canonical-document.js';
import { keyIdOf, publicKeyOf, signCheckpoint, signingKeyOf } from '../checkpoint.js';
import type { RecordedFact } from '../recorded-fact.js';
import { orderEventTypes, toStored, type Data } from '../stored-fact.js';
import { checkDossier } from './check-dossier.js';
import { dossierFormat, olderDossierFormat, type Dossier, type SignedDossier } from './dossier.js';
import type { DossierCheckpoint } from './dossier-checkpoint.js';
import { dossierOf, type DossierSources } from './make-dossier.js';
import { pageSealOf, personOnPageOf, privateKeyOf, publicPemOf, sealPage, signDossier } from './sign-dossier.js';

const key = privateKeyOf(Buffer.alloc(32, 7).toString('base64'));
const publicKey = publicKeyOf(publicPemOf(key));
const began = parseInstant('2026-11-24T14:00:00Z')!;

/** Facts as the store keeps them, chained, of what an order was told. */
function recorded(commands: OrderCommand[]): RecordedFact[] {
  let order = emptyOrder;
  let previousHash: Buffer = noHash;
  return commands.flatMap((command) => {
    const decision = decide(command, order);
    if (decision.outcome !== 'facts') throw new Error(JSON.stringify(decision));
    return decision.facts.map((fact): RecordedFact => {
      const version = order === emptyOrder ? 1 : versionOf.get(order)! + 1;
      order = evolve(order, fact);
      versionOf.set(order, version);
      const at = began + version * 60_000_000;
      const about = {
        ...toStored(fact),
        eventId: `0192f0c1-7d0e-7cc3-98c4-dc0c0c0739${10 + version}`,
        metadata: { actor: 'agent 17', reason: 'customer called', commandId: `command ${version}` },
        occurredAt: at,
        recordedAt: at + 412,
        version,
      };
      const hash = hashOf(previousHash, canonicalBytes(canonicalDocument({ ...about, orderId: '8471' })));
      const kept = { ...about, stream: '8471', position: 100 + version * 3, previousHash, hash };
      previousHash = hash;
      return kept;
    });
  });
}
const versionOf = new WeakMap<object, number>();

const facts = recorded([
  {
    type: 'PlaceOrder',
    customerId: 'c-1',
    currency: 'GBP',
    lines: [{ sku: 'TEAPOT', quantity: 1, unitPrice: 8999 }],
  },
  { type: 'ApplyDiscount', code: 'SAVE10', amount: 1000 },
  { type: 'CapturePayment', paymentId: 'p-1', amount: 7999 },
  { type: 'InitiateRefund', refundId: 'r-1', amount: 2000 },
] as OrderCommand[]);
const last = facts.at(-1)!;
const sources = (checkpoint: DossierSources['checkpoint']): DossierSources => ({
  orderId: '8471',
  issuedAt: began + 3_600_000_000,
  facts,
  attempts: [],
  attemptsNotShown: 0,
  store: { position: last.position + 5, recordedAt: last.recordedAt, hash: last.hash },
  checkpoint,
});
const made = (checkpoint: DossierSources['checkpoint'] = 'not-yet') => dossierOf(sources(checkpoint));

/** Changed by someone who has the issuer's key, so that what is wrong shows behind the signature too. */
const changed = (change: (dossier: Dossier) => void): SignedDossier => {
  const dossier = JSON.parse(JSON.stringify(made())) as Dossier;
  change(dossier);
  return signDossier(dossier, key);
};
/** 64 bytes leave four bits of the last character unused: other texts stand for the same bytes. */
const withLooseBits = (base64: string): string =>
  base64.replace(/.==$/, (end) => `${{ A: 'B', Q: 'R', g: 'h', w: 'x' }[end[0] as 'A']}==`);
const problemsOf = (signed: unknown) =>
  checkDossier(signed, publicKey).problems.map(({ where, what }) => `${where}: ${what}`);

describe('a dossier', () => {
  it('holds as it was made, also after it was written and read', () => {
    const read: unknown = JSON.parse(JSON.stringify(signDossier(made(), key), undefined, 2));
    expect(problemsOf(read)).toEqual([]);
  });

  it('has the same bytes for the same sources', () =>
    expect(canonicalBytes(made() as unknown as Data)).toEqual(canonicalBytes(made() as unknown as Data)));

  it('does not hold once a word in it is another', () => {
    const signed = signDossier(made(), key);
    signed.dossier.facts[1]!.says = 'Discount SAVE10 of 20.00 GBP applied';
    expect(problemsOf(signed)).toEqual([
      'signature: the signature is not over this content: something in it was changed after it was signed',
      expect.stringMatching(
        /^telling: facts\.1\.says is "Discount SAVE10 of 20\.00 GBP applied", and the facts make it/,
      ),
    ]);
  });

  it('does not hold with a field that nobody signed', () => {
    const signed = JSON.parse(JSON.stringify(signDossier(made(), key))) as { dossier: Record<string, unknown> };
    signed.dossier['note'] = 'paid in cash';
    expect(problemsOf(signed)).toEqual([
      expect.stringMatching(/^signature: /),
      expect.stringMatching(/^telling: note/),
    ]);
  });

  it.each<[string, (signed: SignedDossier) => void]>([
    ['the key’s ID', ({ signature }) => void (signature.keyId = '0'.repeat(16))],
    ['the public key', ({ signature }) => void (signature.publicKey = signature.publicKey.replace('MCow', 'MCox'))],
    ['the last bits of the signature', ({ signature }) => void (signature.value = withLooseBits(signature.value))],
    ['a note beside it', (signed) => void Object.assign(signed, { note: 'paid in cash' })],
  ])('does not hold with %s changed, though what is signed is untouched', (_what, change) => {
    const signed = signDossier(made(), key);
    change(signed);
    expect(problemsOf(signed)).toEqual([expect.stringMatching(/^(signature|shape): (it|the) /)]);
  });

  it('holds with the customer beside it, who is not signed', () =>
    expect(problemsOf({ ...signDossier(made(), key), customer: { name: 'Ada' } })).toEqual([]));

  it('names another key, though its signature is sound', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(problemsOf(signDossier(made(), privateKey))).toEqual([
      `signature: it was signed with key ${keyIdOf(privateKey)}, and the key given is ${keyIdOf(key)}`,
    ]);
  });

  it.each<[string, (dossier: Dossier) => void, RegExp]>([
    [
      'a fact taken out',
      ({ facts: all }) => void all.splice(1, 1),
      /^versions: version 2 is missing: after version 1 comes version 3/,
    ],
    ['the first fact taken out', ({ facts: all }) => void all.shift(), /^versions: version 1 is missing: at the start/],
    ['two facts swapped', ({ facts: all }) => void all.reverse(), /^versions: /],
    [
      'an amount in a fact changed',
      ({ facts: all }) => void (all[1]!.data['amount'] = 500),
      /^chain: version 2 \(DiscountApplied\) is not what its hash says/,
    ],
    ['another person named', ({ facts: all }) => void (all[1]!.actor = 'agent 18'), /^chain: version 2/],
    [
      'a time changed',
      ({ facts: all }) => void (all[2]!.occurredAt = '2026-11-24T14:03:01.000000Z'),
      /^chain: version 3/,
    ],
    [
      'a chain broken',
      ({ facts: all }) => void (all[2]!.previousHash = '0'.repeat(64)),
      /^chain: version 3 \(PaymentCaptured\) does not continue/,
    ],
    [
      'a fact emptied',
      ({ facts: all }) => void (all[1]!.data = {}),
      /^chain: version 2 \(DiscountApplied\) is not what its hash says/,
    ],
    [
      'a fact emptied of its lines',
      ({ facts: all }) => void delete all[0]!.data['lines'],
      /^chain: version 1 \(OrderPlaced\) is not what its hash says/,
    ],
    [
      'a sum changed',
      ({ facts: all }) => void (all[2]!.after.money.owed = 1000),
      /^money: after version 3 owed says 10\.00 GBP, and the facts make it 0\.00 GBP/,
    ],
    [
      'a status changed',
      ({ facts: all }) => void (all[2]!.after.status = 'refunded'),
      /^money: after version 3 the status says refunded, and the facts make it captured/,
    ],
    [
      'a mark of lateness',
      ({ facts: all }) => void (all[2]!.recordedLate = true),
      /^money: version 3 is marked as recorded late/,
    ],
    [
      'a tail cut off',
      ({ facts: all }) => void all.pop(),
      /^head: the order is said to be at version 4, and the last fact is 3/,
    ],
    [
      'a head changed',
      ({ order }) => void (order.money.refunded = 0),
      /^head: of the order, refunded says 0\.00 GBP, and the facts make it 20\.00 GBP/,
    ],
    [
      'a head of the chain',
      ({ proofs }) => void (proofs.chain.head.hash = '0'.repeat(64)),
      /^head: the head of the chain/,
    ],
    [
      'a sentence',
      ({ facts: all }) => void (all[1]!.says = 'Discount SAVE10 of 20.00 GBP applied'),
      /^telling: facts\.1\.says is "Discount SAVE10 of 20\.00 GBP applied", and the facts make it "Discount SAVE10 of 10\.00 GBP/,
    ],
    [
      'a change',
      ({ facts: all }) => void (all[2]!.changes[0] = 'status placed → cancelled'),
      /^telling: facts\.2\.changes\.0 is "status placed → cancelled", and the facts make it "status placed → captured"/,
    ],
    ['a change left out', ({ facts: all }) => void all[2]!.changes.pop(), /^telling: facts\.2\.changes\.\d is nothing/],
    [
      'a command',
      ({ facts: all }) => void (all[2]!.command.type = 'CancelOrder'),
      /^telling: facts\.2\.command\.type is/,
    ],
    [
      'a field more',
      ({ facts: all }) => void Object.assign(all[2]!, { note: 'in cash' }),
      /^telling: facts\.2\.note is "in/,
    ],
    [
      'a field more at its head',
      (dossier) => void Object.assign(dossier, { note: 1 }),
      /^telling: note is 1, .* nothing/,
    ],
    ['a customer', ({ order }) => void (order.customerId = 'c-2'), /^telling: order\.customerId is "c-2", .* "c-1"/],
    ['a line', ({ order }) => void (order.lines[0]!.quantity = 2), /^telling: order\.lines\.0\.quantity is 2, .* 1$/],
    ['a price', ({ order }) => void (order.lines[0]!.unitPrice = '79.99'), /^telling: order\.lines\.0\.unitPrice is/],
    ['a discount', ({ order }) => void order.discounts.pop(), /^telling: order\.discounts\.0 is nothing/],
    ['a payment', ({ order }) => void (order.payments[0]!.amount = 8999), /^telling: order\.payments\.0\.amount is/],
    ['a refund', ({ order }) => void (order.refunds[0]!.completed = true), /^telling: order\.refunds\.0\.completed is/],
    ['a time', ({ order }) => void (order.placedAt = '2026-11-24T13:00:00.000000Z'), /^telling: order\.placedAt is/],
    ['its currency', ({ order }) => void (order.currency = 'EUR'), /^telling: order\.currency is "EUR", .* "GBP"/],
    ['its channel', ({ order }) => void (order.channel = 'shop'), /^telling: order\.channel is "shop"/],
    [
      'a past unknown',
      ({ order }) => void (order.historyBeforeUnknown = true),
      /^telling: order\.historyBeforeUnknown/,
    ],
    ['a person', ({ people }) => void (people[0]!.name = 'agent 18'), /^telling: people\.0\.name is "agent 18"/],
    ['a rule', ({ proofs }) => void (proofs.chain.rule = 'trust us'), /^telling: proofs\.chain\.rule is "trust us"/],
    ['no reason for no proof', ({ proofs }) => void delete proofs.withoutCheckpoint, /^telling: proofs\.checkpoint is/],
    ['no time of its own', (dossier) => void (dossier.issuedAt = 'today'), /^telling: it has a time that is none/],
    [
      'another last fact of the store',
      ({ proofs }) => void (proofs.store = { ...proofs.store, position: last.position, hash: '0'.repeat(64) }),
      /^head: the store’s last fact is said to be another/,
    ],
  ])('with %s does not hold, though whoever did it has the key', (_what, change, says) => {
    expect(problemsOf(changed(change))[0]).toMatch(says);
  });

  it('says of whatever its facts are made that it is not what they were, and never fails over it', () =>
    fc.assert(
      fc.property(fc.nat(facts.length - 1), fc.nat(20), fc.jsonValue(), (index, place, value) => {
        const signed = changed(({ facts: all }) => {
          const { data } = all[index]!;
          const names = Object.keys(data);
          data[names[place % names.length]!] = value;
        });
        const same = isDeepStrictEqual(signed.dossier.facts[index]!.data, made().facts[index]!.data);
        expect(problemsOf(signed).some((problem) => problem.startsWith('chain: '))).toBe(!same);
      }),
    ));

  it('says of any word in it that follows from the facts that it is another, and holds without such a change', () => {
    const whole = JSON.parse(JSON.stringify(made())) as Dossier;
    const places = placesIn(whole).filter((path) => !itsIssuersWord.test(path.join('.')));
    expect(places.length).toBeGreaterThan(120);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (path, value) => {
        const signed = changed((dossier) => {
          const within = (one: unknown, name: string) => (one as Record<string, unknown>)[name];
          (path.slice(0, -1).reduce(within, dossier) as Record<string, unknown>)[path.at(-1)!] = value;
        });
        const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(signed.dossier)), whole);
        expect(problemsOf(signed).length === 0).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });

  it('of the format before is checked as it was then: in its sentences its issuer has the word', () => {
    const older = (change: (dossier: Dossier) => void) =>
      problemsOf(
        changed((dossier) => {
          dossier.format = olderDossierFormat;
          change(dossier);
        }),
      );
    expect(older(({ facts: all }) => void (all[1]!.says = 'Ten pounds off'))).toEqual([]);
    expect(older(({ order }) => void (order.money.owed = 7))).toEqual([expect.stringMatching(/^head: /)]);
    expect(older((dossier) => void (dossier.format = 'orderlog-dossier/3' as never))).toEqual([
      expect.stringMatching(/^shape: it is no dossier as this release makes and reads them/),
    ]);
  });

  it.each([null, 'x', {}, { dossier: {}, signature: {} }])('is not what %j is', (content) => {
    expect(problemsOf(content)).toEqual([expect.stringMatching(/^shape: it is no dossier/)]);
  });
});

/** What no fact tells: who issued it when, what was refused, where the store stood. */
const itsIssuersWord = /^(format|issuedAt|attemptsNotShown|proofs\.store\.\w+|proofs\.withoutCheckpoint)$/;

/** The path of everything in a value that is neither object nor list. */
const placesIn = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...path, name]))
    : [path];

describe('what was refused', () => {
  const refused: DossierSources['attempts'][number] = {
    ...{ attemptId: 'a-1', attemptedAt: '2026-11-24T14:30:00.000000Z', command: 'CapturePayment' },
    ...{
      refusal: 'capture-exceeds-owed',
      orderVersion: 2,
      actor: null,
      reason: null,
      commandId: 'c',
      correlationId: null,
    },
    ...{ currency: 'GBP', amount: 8999, allowed: 7999, existingTotal: null, sameContent: null },
    says: 'CapturePayment of 89.99 GBP refused: The payment is more than is owed; 79.99 GBP would have been allowed',
  };
  const placedTwice = {
    ...{
      ...refused,
      command: 'PlaceOrder',
      refusal: 'order-exists',
      allowed: null,
      existingTotal: 8999,
      sameContent: false,
    },
    says: 'PlaceOrder of 89.99 GBP refused: The ID is taken; the order that has the ID was placed at 89.99 GBP; the content was another',
  };
  const problemsWith = (...attempts: (typeof refused)[]) =>
    problemsOf(signDossier(dossierOf({ ...sources('not-yet'), attempts }), key));

  it('is told in the sentence of what it says of itself, and of the money that the facts say', () => {
    expect(problemsWith(refused, placedTwice)).toEqual([]);
    const [before, behind] = ['CapturePayment of 89.99 GBP refused: ', '; 79.99 GBP would have been allowed'];
    for (const says of [
      refused.says.replace('89.99', '9.99'),
      `${before.trim()}${behind}`,
      `${before}${behind}`,
      'paid',
    ]) {
      expect(problemsWith({ ...refused, says })[0]).toMatch(/^telling: attempts\.0\.says is /);
    }
    const told = { ...refused, allowed: 8999, says: refused.says.replace('79.99', '89.99') };
    expect(problemsWith(told)).toEqual([
      'telling: attempts.0.allowed is 8999, and the facts make it 7999 at version 2',
    ]);
    expect(problemsWith({ ...told, orderVersion: 9 })).toEqual([]); // of facts that are not here
    const refund = { ...told, refusal: 'refund-exceeds-captured', orderVersion: 4 };
    expect(problemsWith(refund)[0]).toMatch(/allowed is 8999, and the facts make it 5999 at version 4/);
    const again = {
      ...{ ...refused, refusal: 'payment-id-used', orderVersion: 3, allowed: null, used: { id: 'p-1', amount: 7999 } },
      says: 'CapturePayment of 89.99 GBP refused: The order has it; p-1 is of 79.99 GBP',
    };
    expect(problemsWith(again)).toEqual([]);
    const lie = { ...again, used: { id: 'p-1', amount: 1 }, says: again.says.replace('79.99', '0.01') };
    expect(problemsWith(lie)).toEqual([
      'telling: attempts.0.used.amount is 1, and the facts make it 7999 at version 3',
    ]);
    const another = { ...placedTwice, existingTotal: 1, says: placedTwice.says.replace('at 89.99', 'at 0.01') };
    expect(problemsWith(refused, another)).toEqual([
      'telling: attempts.1.existingTotal is 1, and the facts make it 8999 at version 2',
    ]);
  });
});

describe('a dossier that was issued', () => {
  const folder = new URL('./issued/', import.meta.url);
  const issued = readdirSync(folder).map((name) => {
    return [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as SignedDossier] as const;
  });

  it('is here in every format, with every type of fact in the latest', () => {
    const formats = issued.map(([, { dossier }]) => dossier.format);
    expect(new Set(formats)).toEqual(new Set([olderDossierFormat, dossierFormat]));
    const latest = issued.filter(([, { dossier }]) => dossier.format === dossierFormat);
    const types = new Set(latest.flatMap(([, { dossier }]) => dossier.facts.map(({ type }) => type)));
    expect([...types].sort()).toEqual([...orderEventTypes].sort());
  });

  // Where this fails for another sentence: the sentence needs a format of its own, and the rules of the old one stay.
  it.each(issued)('holds for ever: %s', (_name, content) => {
    expect(problemsOf(content)).toEqual([]);
  });
});

describe('the audit’s word in a dossier', () => {
  const auditKey = signingKeyOf(Buffer.alloc(32, 9));
  const treeSize = last.position + 5;

  /** For one fact, out of a tree over all positions, in which other orders' facts stand between ours. */
  function wordFor(version: number, key = auditKey): DossierCheckpoint {
    const tree = new GrowingTree();
    const hashes = new Map(facts.map(({ position, hash }) => [position, hash]));
    for (let position = 1; position <= treeSize; position++) {
      tree.append(leafHash(hashes.get(position) ?? Buffer.alloc(32, position)));
    }
    const rootHash = tree.root();
    const tiles = new Tiles(tree.takeChanged());
    const { position } = facts.find((fact) => fact.version === version)!;
    const { issuedAt, keyId, signature } = signCheckpoint({ origin: 'o', treeSize, rootHash, issuedAt: began }, key);
    return {
      ...{ version, proof: tiles.inclusionProof(position - 1, treeSize).map((hash) => hash.toString('hex')) },
      ...{ origin: 'o', treeSize, rootHash: rootHash.toString('hex'), issuedAt: formatInstant(issuedAt), keyId },
      ...{ signature: signature.toString('hex'), publicKey: publicPemOf(key) },
    };
  }
  const problems = (word: DossierCheckpoint, audit = publicKeyOf(publicPemOf(auditKey))) =>
    checkDossier(signDossier(made(word), key), publicKey, audit).problems.map(({ where, what }) => `${where}: ${what}`);

  it.each(facts.map(({ version }) => version))(
    'holds for version %i, with its own key and with that in it',
    (version) => {
      expect(problems(wordFor(version))).toEqual([]);
      expect(checkDossier(signDossier(made(wordFor(version)), key), publicKey).problems).toEqual([]);
    },
  );

  it.each<[string, (word: DossierCheckpoint) => DossierCheckpoint, RegExp]>([
    ['for another version', (word) => ({ ...word, version: 3 }), /^checkpoint: version 3 is not among the 117 facts/],
    [
      'for a version that is not there',
      (word) => ({ ...word, version: 9 }),
      /^checkpoint: it is said to prove version 9/,
    ],
    ['with a step less', (word) => ({ ...word, proof: word.proof.slice(1) }), /^checkpoint: version 4 is not among/],
    ['of another size', (word) => ({ ...word, treeSize: 118 }), /^checkpoint: its signature is not that of key/],
    ['of another root', (word) => ({ ...word, rootHash: '0'.repeat(64) }), /^checkpoint: its signature is not/],
    [
      'of another time',
      (word) => ({ ...word, issuedAt: formatInstant(began + 1) }),
      /^checkpoint: its signature is not/,
    ],
    ['of no time', (word) => ({ ...word, issuedAt: 'yesterday' }), /^checkpoint: its signature is not/],
    [
      'by another who has signed all of it anew',
      () => wordFor(4, generateKeyPairSync('ed25519').privateKey),
      /^checkpoint: it was signed with key [0-9a-f]{16}, and the audit’s key given is/,
    ],
  ])('%s does not hold, though the dossier was signed with it', (_what, change, says) => {
    expect(problems(change(wordFor(4)))).toEqual([expect.stringMatching(says)]);
  });

  it('is not needed, but where its key was given', () => {
    expect(checkDossier(signDossier(made('audit-away'), key), publicKey).problems).toEqual([]);
    expect(
      checkDossier(signDossier(made('audit-away'), key), publicKey, publicKeyOf(publicPemOf(auditKey))).problems,
    ).toEqual([expect.objectContaining({ where: 'checkpoint', what: expect.stringContaining('there is none in it') })]);
  });
});

describe('a sealed page', () => {
  const page = Buffer.from('<p>owed 0.00</p>\n<p id="person">Ada</p>\n');
  const sealed = sealPage(page, 'html', key);
  const as = (text: string) => pageSealOf(Buffer.from(text), 'html', publicKey);

  it('holds to the byte; the person alone may be taken out, where they stood', () => {
    const text = sealed.toString();
    expect(as(text)).toBe('holds');
    expect(as(text.replace('Ada', ''))).toBe('holds');
    expect([text, text.replace('Ada', ''), 'none'].map(personOnPageOf)).toEqual(['Ada', '', undefined]);
    expect(as(text.replace('owed 0.00', 'owed 9.00'))).toBe('changed');
    expect(as(text.replace('Ada', '<script>'))).toBe('changed');
    expect(as(text.replace('<p id="person">Ada</p>', ''))).toBe('changed');
    expect(as(`<p id="person">paid</p>${text}`)).toBe('changed');
    expect(as(`${text}<p>paid</p>`)).toBe('none');
    expect(as(page.toString())).toBe('none');
    expect(pageSealOf(sealed, 'html', generateKeyPairSync('ed25519').publicKey)).toBe('of another key');
  });

  it('is no page of the other form', () => expect(pageSealOf(sealed, 'pdf', publicKey)).toBe('changed'));
});

describe('a private key', () => {
  it('is read from PKCS #8 in PEM, with line ends however written, or from its seed', () => {
    const pem = key.export({ format: 'pem', type: 'pkcs8' }) as string;
    for (const text of [pem, pem.replaceAll('\n', '\\n')]) expect(keyIdOf(privateKeyOf(text))).toBe(keyIdOf(key));
  });

  it('is refused where it is another kind, or none, without being repeated', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(() => privateKeyOf(rsa.export({ format: 'pem', type: 'pkcs8' }) as string)).toThrow('not of ed25519');
    expect(() => privateKeyOf('-----BEGIN PRIVATE KEY-----\nsecret')).toThrow(/^is no private key in PEM/);
    expect(() => privateKeyOf('c2VjcmV0')).toThrow(/^must be 32 bytes/);
  });
});
