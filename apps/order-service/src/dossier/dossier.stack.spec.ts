import { createPublicKey } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkDossier, pageSealOf, publicKeyOf, type SignedDossier } from '@orderlog/order-contract';
import { rowsOf } from '../test-kit/rows.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';
import { textOfPdf } from '../test-kit/text-of-pdf.js';

let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 120_000);
afterAll(() => service.stop(), 30_000);

const { newId, place, placed, discount, capture, refund, complete } = telling(() => service);

const bytesOf = async (id: string, query = '', headers: Record<string, string> = {}) => {
  const response = await fetch(`${service.url}/orders/${id}/dossier${query}`, { headers });
  return { response, type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
};
const jsonOf = async (id: string, query = '?format=json') => {
  const { response, bytes } = await bytesOf(id, query);
  expect(response.status).toBe(200);
  return JSON.parse(bytes.toString()) as SignedDossier & { customer?: unknown };
};
const publicKey = async () => publicKeyOf(await (await fetch(`${service.url}/dossier-key`)).text());

/** What happened to 8471: a coupon, a payment that was too much, a refund, a discount that was recorded late. */
async function disputed(more: Record<string, unknown> = {}): Promise<string> {
  const id = newId();
  const agent = (name: string) => ({ 'x-actor': name, 'x-correlation-id': 'ticket-4711' });
  await place(
    id,
    8999,
    {
      customerId: 'c-1042',
      lines: [
        { sku: 'TEAPOT', quantity: 1, unitPrice: 6499 },
        { sku: '85048', quantity: 2, unitPrice: 1250 },
      ],
      occurredAt: '2026-03-01T13:58:00Z',
      ...more,
    },
    { 'x-actor': 'web shop' },
  );
  await discount(
    id,
    'SAVE10',
    1000,
    { occurredAt: '2026-03-01T14:02:00Z', reason: 'Kundin rief an: £10 < €12 versprochen, 約束, „Щедрость“' },
    agent('agent 17'),
  );
  await capture(id, 'p-1', 8999, { occurredAt: '2026-03-01T14:03:00Z' }, agent('payments'));
  await capture(id, 'p-1', 7999, { occurredAt: '2026-03-02T09:00:00.5Z' }, agent('payments'));
  await refund(id, 'r-1', 2000, { reason: 'lid broken <script>alert(1)</script>' }, agent('agent 4'));
  await complete(id, 'r-1', agent('payments'));
  return id;
}

describe('a dossier', () => {
  it('tells who did what when and why, the money after each fact, and what was refused; and it holds', async () => {
    const id = await disputed();
    const signed = await jsonOf(id);
    expect(checkDossier(signed, await publicKey()).problems).toEqual([]);
    const { dossier } = signed;
    expect(dossier.order).toMatchObject({
      status: 'partly-refunded',
      customerId: 'c-1042',
      money: { ordered: 8999, discounted: 1000, total: 7999, captured: 7999, refunded: 2000, owed: 0 },
    });
    expect(dossier.facts.map(({ says, actor }) => [actor, says])).toEqual([
      ['web shop', 'Order placed at 89.99 GBP: 1 × TEAPOT, 2 × 85048'],
      ['agent 17', 'Discount SAVE10 of 10.00 GBP applied; the total goes from 89.99 to 79.99 GBP'],
      ['payments', 'Payment p-1 of 79.99 GBP captured; 0.00 GBP still owed'],
      ['agent 4', 'Refund r-1 of 20.00 GBP initiated'],
      ['payments', 'Refund r-1 of 20.00 GBP completed'],
    ]);
    expect(dossier.facts.map(({ after: { money } }) => money.owed)).toEqual([8999, 7999, 0, 0, 0]);
    expect(dossier.attempts).toEqual([
      expect.objectContaining({
        actor: 'payments',
        says: 'CapturePayment of 89.99 GBP refused: The payment is more than is owed; 79.99 GBP would have been allowed',
        orderVersion: 2,
        correlationId: 'ticket-4711',
      }),
    ]);
    expect(dossier.people).toContainEqual({ name: 'payments', facts: [3, 5], attempts: 1 });
    expect(dossier.proofs.chain.head).toEqual({ version: 5, hash: dossier.facts[4]!.hash });
    expect(dossier.proofs.store.position).toBeGreaterThanOrEqual(dossier.facts[4]!.position);
  });

  it('marks what was recorded late', async () => {
    const id = await placed(8999, { occurredAt: '2026-01-01T00:00:00Z' });
    await discount(id, 'MARCH', 1, { occurredAt: '2026-03-01T00:00:00Z' });
    await discount(id, 'FEBRUARY', 1, { occurredAt: '2026-02-01T00:00:00Z' });
    const signed = await jsonOf(id);
    expect(signed.dossier.facts.map(({ recordedLate }) => recordedLate)).toEqual([false, false, true]);
    expect(checkDossier(signed).problems).toEqual([]);
    expect((await bytesOf(id, '?format=html')).bytes.toString()).toContain('Version 3 was recorded late');
  });

  it('says once which facts were recorded late, and when the last was recorded, not when it happened', async () => {
    const id = await placed(8999, { occurredAt: '2026-01-01T00:00:00Z' });
    for (const [index, month] of ['05', '04', '03', '02'].entries()) {
      await discount(id, `D-${index}`, 1, { occurredAt: `2026-${month}-01T00:00:00Z` });
    }
    const { recordedAt } = (await jsonOf(id)).dossier.order;
    const page = (await bytesOf(id, '?format=html')).bytes.toString();
    expect(page.match(/recorded late:/g)).toHaveLength(1);
    expect(page).toContain(
      'Versions 3, 4, 5 were recorded late: before each, something that happened later was known.',
    );
    const day = recordedAt.slice(0, 10);
    expect(page).toMatch(new RegExp(`<dt>Last fact recorded</dt><dd>${day} `));
  });

  it('adds up: what was ordered, each discount, the total; and says what a refund takes back', async () => {
    const id = await disputed();
    await refund(id, 'r-2', 1000, { reason: 'one cup', lines: [{ line: 2, quantity: 1 }] });
    expect((await jsonOf(id)).dossier.facts.at(-1)!.says).toBe(
      'Refund r-2 of 10.00 GBP initiated; what comes back: 1 × 85048',
    );
    const cells = (...texts: string[]) =>
      texts.map((text, column) => `<td${column < 2 ? '' : ' class="n"'}>${text}</td>`);
    const page = (await bytesOf(id, '?format=html')).bytes.toString();
    expect(page).toContain(`<tr>${cells('', 'Discount SAVE10', '', '', '-10.00').join('')}</tr>`);
    expect(page).toContain(`<tr>${cells('', 'Total', '', '', '79.99').join('')}</tr>`);
    expect(textOfPdf((await bytesOf(id, '?format=pdf')).bytes).join('\n')).toContain('Discount SAVE10\n-10.00\n');
  });

  it('names the reasons of whoever was refused, too, and says which refusals it does not list', async () => {
    const id = await placed(100);
    await capture(id, 'p-1', 101, { reason: 'the card said so' }, { 'x-actor': 'till 3' });
    await discount(id, 'TOO-MUCH', 101, {}, { 'x-actor': 'till 4' });
    const page = (await bytesOf(id, '?format=html')).bytes.toString();
    expect(page).toContain('<td>till 3</td><td>none</td><td>1</td><td>the card said so</td>');
    expect(page).not.toContain('till 4');
    expect(page).toContain('Whoever was refused anything else was told so, and it is not kept.');
  });

  it('tells who from why where the name is written from right to left', async () => {
    const id = await placed(8999);
    const actor = Buffer.from('שרה').toString('latin1');
    await discount(id, 'A', 1, { reason: 'goodwill' }, { 'x-actor': actor });
    const page = (await bytesOf(id, '?format=html')).bytes.toString();
    expect(page).toContain('<bdi dir="ltr">by שרה: goodwill</bdi>');
    expect(page).not.toMatch(/<bdi>/);
  });

  it('keeps each quantity beside its SKU where that is read from the right', async () => {
    const id = newId();
    await service.call('POST', '/orders', {
      ...{ orderId: id, customerId: 'c-1', currency: 'KWD' },
      lines: ['عود', 'SKU 9', 'دلة'].map((sku, index) => ({ sku, quantity: index + 2, unitPrice: 1 })),
    });
    const { facts } = (await jsonOf(id)).dossier;
    expect(facts[0]!.says).toBe('Order placed at 0.009 KWD: 2 × عود and 3 × SKU 9 and 4 × دلة');
  });

  it('shows an attempt to take its ID: both totals', async () => {
    const id = await placed(8999);
    await place(id, 7999);
    const { dossier } = await jsonOf(id);
    expect(dossier.attempts[0]).toMatchObject({ refusal: 'order-exists', amount: 7999, existingTotal: 8999 });
  });

  it('shows what an attempt met in the currency of what it met, and whose an ID is that was used again', async () => {
    const id = await placed(8999);
    await service.call('POST', '/orders', {
      ...{ orderId: id, customerId: 'c-1', currency: 'JPY' },
      lines: [{ sku: 'A', quantity: 1, unitPrice: 8999 }],
    });
    await capture(id, 'p-1', 8000);
    await capture(id, 'p-1', 999);
    const { attempts } = (await jsonOf(id)).dossier;
    expect(attempts.map(({ says }) => says)).toEqual([
      'PlaceOrder of 8999 JPY refused: The order ID is taken; the order that has the ID was placed at 89.99 GBP; the content was another',
      'CapturePayment of 9.99 GBP refused: The order has a payment with this ID and another amount; p-1 is of 80.00 GBP',
    ]);
    expect(attempts[0]).toMatchObject({ currency: 'JPY', existingTotal: 8999, existingCurrency: 'GBP' });
  });

  it('is answered as JSON, HTML or PDF, by Accept or by format', async () => {
    const id = await placed();
    expect((await bytesOf(id)).type).toMatch(/^application\/json/);
    expect((await bytesOf(id, '', { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' })).type).toMatch(
      /^text\/html/,
    );
    expect((await bytesOf(id, '', { accept: 'application/pdf' })).type).toBe('application/pdf');
    expect((await bytesOf(id, '?format=pdf', { accept: 'text/html' })).type).toBe('application/pdf');
    expect(await service.call('GET', `/orders/${id}/dossier`, undefined, { accept: 'image/png' })).toMatchObject({
      status: 406,
      body: { type: problemType('not-acceptable') },
    });
    expect(await service.call('GET', `/orders/${id}/dossier?format=docx`)).toMatchObject({ status: 400 });
    expect(await service.call('GET', `/orders/${newId()}/dossier`)).toMatchObject({
      status: 404,
      body: { type: problemType('order-not-found') },
    });
  });

  it('as a page needs nothing but itself, runs nothing that others wrote, and carries the signed data', async () => {
    const { bytes } = await bytesOf(await disputed(), '?format=html');
    const page = bytes.toString('utf8');
    expect(page).not.toMatch(/<script(?! type="application\/json")|<link|<img|https?:|url\(|@import/);
    expect(page).toContain('lid broken &lt;script&gt;');
    expect(page).toContain('£10 &lt; €12 versprochen, 約束, „Щедрость“');
    const embedded = /<script type="application\/json" id="dossier">([^<]*)</.exec(page)![1]!;
    expect(checkDossier(JSON.parse(embedded), await publicKey()).problems).toEqual([]);
    expect(pageSealOf(bytes, 'html', await publicKey())).toBe('holds');
    const forged = Buffer.from(page.replace('<b>79.99 GBP</b>', '<b>89.99 GBP</b>'));
    expect(pageSealOf(forged, 'html', await publicKey())).toBe('changed');
  });

  it('as PDF carries the signed data as an attachment', async () => {
    const { bytes } = await bytesOf(await disputed(), '?format=pdf');
    const text = bytes.toString('latin1');
    expect(text).toMatch(/^%PDF-1\.7/);
    const head = /\/Type \/EmbeddedFile(?:(?!endobj)[^])*?stream\n/.exec(text)!;
    const start = head.index + head[0].length;
    const length = Number(/\/Length (\d+)/.exec(head[0])![1]);
    const attached = JSON.parse(inflateSync(bytes.subarray(start, start + length)).toString()) as SignedDossier;
    expect(checkDossier(attached, await publicKey()).problems).toEqual([]);
    expect(pageSealOf(bytes, 'pdf', await publicKey())).toBe('holds');
    const forged = Buffer.from(bytes);
    forged[5000]! ^= 1;
    expect(pageSealOf(forged, 'pdf', await publicKey())).toBe('changed');
  });
});

describe('a dossier on paper', () => {
  it('prints what people wrote in any script, and what no font has as its code', async () => {
    const id = await placed(8999);
    const reasons = [
      '約束を守ってください。退款申请',
      '환불 요청',
      'Ελληνικά, Щедрость, Zoe\u0308',
      'ग्राहक ने फोन किया',
      'parcel 📦 lost 😀',
      'turned \u202e round',
    ];
    for (const [index, reason] of reasons.entries()) await discount(id, `C-${index}`, 1, { reason });
    const pages = textOfPdf((await bytesOf(id, '?format=pdf')).bytes);
    const whole = pages.join('\n');
    for (const reason of reasons.slice(0, 5)) expect(whole).toContain(`Why\n${reason}\n`);
    expect(whole).toContain('turned [U+202E] round');
    expect(whole).not.toContain('\ufffd');
  });

  it('reads from the right what is written so, with numbers as they are', async () => {
    const id = await placed(8999);
    await discount(id, 'A', 1, { reason: 'אבג 12.50 (דחוף)' });
    await discount(id, 'B', 1, { reason: 'العميل 42 مهم' });
    const whole = textOfPdf((await bytesOf(id, '?format=pdf')).bytes).join('\n');
    expect(whole).toContain('(ףוחד) 12.50 גבא');
    expect(whole).toContain(`مهم 42 ${Array.from('العميل').reverse().join('')}`);
  });

  it('never tears an amount, however large', async () => {
    const id = newId();
    const most = Number.MAX_SAFE_INTEGER - 1;
    await place(id, most, { currency: 'KWD' });
    await discount(id, 'D', 1);
    await capture(id, 'p', most - 1);
    const lines = textOfPdf((await bytesOf(id, '?format=pdf')).bytes)
      .join('\n')
      .split('\n');
    const amounts = lines.filter((line) => /^9007199254740\./.test(line));
    expect(amounts.length).toBeGreaterThan(8);
    expect(amounts.filter((line) => !/^9007199254740\.\d{3}( KWD)?$/.test(line))).toEqual([]);
  });

  it('has each fact whole on one page, and the first under its heading', async () => {
    const pages = textOfPdf((await bytesOf(await disputed(), '?format=pdf')).bytes);
    expect(pages.find((page) => page.includes('The timeline\n'))).toMatch(/The timeline\n1.*[^]*owed: 89\.99 GBP/);
    for (const [first, last] of [
      ['Discount SAVE10', 'owed 89.99 → 79.99 GBP'],
      ['Payment p-1', 'owed 79.99 → 0.00 GBP'],
      ['Refund r-1 of 20.00 GBP initiated', 'refunded 0.00 → 20.00 GBP'],
    ] as const) {
      expect(pages.find((page) => page.includes(`${last}\n`))).toContain(first);
    }
  });

  it('numbers its pages, and says on each how many there are', async () => {
    const pages = textOfPdf((await bytesOf(await disputed(), '?format=pdf')).bytes);
    expect(pages.length).toBeGreaterThan(1);
    pages.forEach((page, index) => {
      expect(page).toMatch(new RegExp(`page ${index + 1} of\n${pages.length}\n$`));
    });
  });

  it('holds as many facts as in every other form', async () => {
    const id = await placed(1_000_000);
    for (let hundred = 0; hundred < 11; hundred++) {
      const captures = Array.from({ length: 100 }, (_, index) => capture(id, `p-${hundred}-${index}`, 100));
      expect((await Promise.all(captures)).map(({ status }) => status)).toEqual(captures.map(() => 201));
    }
    const { bytes, type } = await bytesOf(id, '?format=pdf');
    expect(type).toBe('application/pdf');
    const proofs = textOfPdf(bytes).join('\n').split('Hash, and the one before it\n').slice(1).join('');
    const { dossier } = await jsonOf(id);
    expect(dossier.facts).toHaveLength(1_101);
    expect(dossier.facts.filter(({ hash }) => !proofs.includes(hash))).toEqual([]);
    expect(pageSealOf(bytes, 'pdf', await publicKey())).toBe('holds');
  }, 60_000);
});

describe('who the customer is', () => {
  const customer = { name: 'Ada Lovelace', email: 'ada@example.org', address: '12 St James’s Square' };

  it('stands in it only where that is asked for, is not signed, and may be taken out: all else holds', async () => {
    const id = await disputed({ customer });
    const key = await publicKey();
    for (const format of ['json', 'html']) {
      expect((await bytesOf(id, `?format=${format}`)).bytes.toString()).not.toContain('Lovelace');
    }
    const asked = await jsonOf(id, '?format=json&customer=include');
    expect(asked.customer).toEqual(customer);
    expect(JSON.stringify(asked.dossier)).not.toContain('Lovelace');
    const { bytes } = await bytesOf(id, '?format=html&customer=include');
    expect(bytes.toString()).toContain('Ada Lovelace, ada@example.org');
    expect(pageSealOf(bytes, 'html', key)).toBe('holds');
    const without = Buffer.from(bytes.toString().replace(/(<p id="person">)[^<]*/, '$1'));
    expect(without.toString()).not.toContain('Lovelace');
    expect(pageSealOf(without, 'html', key)).toBe('holds');
    expect(await service.call('GET', `/orders/${id}/dossier?format=pdf&customer=include`)).toMatchObject({
      status: 400,
      body: { type: problemType('no-person-in-pdf') },
    });
  });

  it('is gone once their key is: the dossier of before holds, and a new one too', async () => {
    const id = await disputed({ customer, customerId: `c-${newId()}` });
    const before = await jsonOf(id);
    await rowsOf(
      service.database.connectionString,
      'update orders.customer_keys set wrapped_key = null, destroyed_at = now()',
    );
    const other = await service.another();
    try {
      const answer = await other.call('GET', `/orders/${id}/dossier?customer=include`);
      expect(answer.body['customer']).toEqual({ forgotten: true, at: expect.any(String) });
      expect(checkDossier(answer.body, await publicKey()).problems).toEqual([]);
    } finally {
      await other.stop();
    }
    expect(checkDossier(before, await publicKey()).problems).toEqual([]);
  });
});

it('GET /dossier-key is a PEM that OpenSSL reads, or JSON', async () => {
  const response = await fetch(`${service.url}/dossier-key`);
  expect(response.headers.get('content-type')).toMatch(/^application\/x-pem-file/);
  const pem = await response.text();
  expect(createPublicKey(pem).asymmetricKeyType).toBe('ed25519');
  const accepted = async (accept: string) =>
    (await fetch(`${service.url}/dossier-key`, { headers: { accept } })).headers.get('content-type');
  expect(await accepted('application/json;q=0, */*')).toMatch(/^application\/x-pem-file/);
  expect(await accepted('text/plain, application/json;q=0.5')).toMatch(/^application\/json/);
  expect(await service.call('GET', '/dossier-key?format=json')).toMatchObject({
    status: 200,
    body: { algorithm: 'Ed25519', publicKey: pem, keyId: expect.stringMatching(/^[0-9a-f]{16}$/) },
  });
});
