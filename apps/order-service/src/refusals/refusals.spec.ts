import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { RefusalCode } from '@orderlog/order-domain';
import { errorsPage } from './errors-page.js';
import { problemOfRefusal, refusals, serviceProblem, serviceRefusals, type ServiceRefusalCode } from './refusals.js';

/** What DESIGN.md promises, beside the list that the code reads: neither changes without the other. */
const promised: Record<RefusalCode, number> = {
  'order-not-found': 404,
  'order-exists': 409,
  'not-an-order': 422,
  'order-cancelled': 422,
  'order-on-hold': 422,
  'order-not-on-hold': 422,
  'invalid-command': 400,
  'total-too-large': 422,
  'lines-after-capture': 422,
  'discounts-exceed-total': 422,
  'discount-code-used': 422,
  'discount-exceeds-total': 422,
  'discount-below-captured': 422,
  'capture-exceeds-owed': 422,
  'payment-id-used': 422,
  'refund-exceeds-captured': 422,
  'refund-id-used': 422,
  'refund-not-found': 404,
  'refund-line-unknown': 422,
  'refund-line-repeated': 422,
  'refund-exceeds-units': 422,
  'refund-exceeds-line': 422,
  'refund-lines-differ': 422,
  'captured-not-refunded': 422,
  'resolution-below-captured': 422,
};

const promisedByService: Record<ServiceRefusalCode, number> = {
  'invalid-request': 400,
  'order-not-found': 404,
  'not-yet-there': 404,
  'history-unknown': 404,
  'no-person-in-pdf': 400,
  'not-acceptable': 406,
  'dossier-too-long': 422,
  'customer-not-found': 404,
  'erasure-unfinished': 503,
  'lost-race': 409,
  'version-differs': 412,
  'occurred-before-order': 422,
  'idempotency-key-used': 422,
  'refused-before': 422,
  'message-too-large': 422,
  'store-unavailable': 503,
  'too-busy': 503,
  'schemas-unknown': 503,
  'fact-from-newer-release': 503,
  'fact-damaged': 500,
  'last-fact-damaged': 503,
  'release-does-not-fit': 503,
  'store-behind': 503,
  'store-unchecked': 503,
};

describe('a refusal', () => {
  it.each(Object.entries(promised))('%s is %i', (code, status) => {
    expect(refusals[code as RefusalCode].status).toBe(status);
  });

  it.each(Object.entries(promisedByService))('%s is %i', (code, status) => {
    expect(serviceRefusals[code as ServiceRefusalCode].status).toBe(status);
  });

  it('carries what it knows, and a stable type', () => {
    const problem = problemOfRefusal({ code: 'capture-exceeds-owed', currency: 'GBP', owed: 7999 }, { etag: '"2"' });
    expect(problem.toBody('c-1')).toEqual({
      type: 'urn:orderlog:problem:capture-exceeds-owed',
      title: 'The payment is more than is owed.',
      status: 422,
      detail: 'Capture up to what is owed.',
      currency: 'GBP',
      owed: 7999,
      correlationId: 'c-1',
    });
    expect(problem.headers).toEqual({ etag: '"2"' });
  });

  it('of a malformed field names the field', () => {
    const problem = problemOfRefusal({ code: 'invalid-command', field: 'lines[0].quantity', problem: 'must be whole' });
    expect(problem).toMatchObject({ code: 'invalid-request', errors: [{ field: 'lines[0].quantity', in: 'body' }] });
  });

  it('for the moment says when to try again', () => {
    expect(serviceProblem('too-busy').headers).toEqual({ 'retry-after': '1' });
  });
});

describe('docs/errors.md', () => {
  it('is what the list of refusals says', () => {
    const file = new URL('../../../../docs/errors.md', import.meta.url);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, errorsPage());
    expect(existsSync(file) ? readFileSync(file, 'utf8') : 'is missing').toBe(errorsPage());
  });
});
