import type { KeyObject } from 'node:crypto';
import type { EventStore } from '@orderlog/event-store';
import { formatInstant, now } from '@orderlog/instant';
import {
  attemptSentence,
  dossierOf,
  sealPage,
  signDossier,
  type DossierAttempt,
  type SignedDossier,
} from '@orderlog/order-contract';
import { Customers, type Who } from '../customers/customers.js';
import { Mailboxes } from '../orders/mailboxes.js';
import { ReadPool } from '../orders/read-pool.js';
import { refusals, serviceProblem } from '../refusals/refusals.js';
import { attemptsOnOrder, type AttemptOnOrder } from './attempts-on-order.sql.js';
import { AuditsWord } from './audits-word.js';
import { pdfDossier } from './pdf-dossier.js';

/** More facts than a person would read, and more than one answer should carry. */
const mostFacts = 10_000;
const mostAttempts = 1_000;

/**
 * Makes and signs dossiers. What it needs is the store and the service's own tables; the audit is asked for its word, and
 * need not answer.
 */
export class Dossiers {
  /** One paper at a time: a long one takes seconds and 100 MB, and beside others it would be done no sooner. */
  readonly #papers = new Mailboxes({ perOrder: 20, altogether: 20, waitLimitMs: 30_000 });

  constructor(
    private readonly store: Pick<EventStore, 'read' | 'head'>,
    private readonly pool: ReadPool,
    private readonly customers: Customers,
    readonly key: KeyObject,
    private readonly audit: AuditsWord,
  ) {}

  /** @throws Problem 404 where there is no such order, 422 where it has more facts than a dossier holds */
  async make(orderId: string): Promise<SignedDossier> {
    const facts = await this.store.read(orderId, { limit: mostFacts + 1 });
    if (facts.length === 0) throw serviceProblem('order-not-found');
    if (facts.length > mostFacts) throw serviceProblem('dossier-too-long', { members: { mostFacts } });
    const [{ attempts, altogether }, store, checkpoint] = await Promise.all([
      attemptsOnOrder(this.pool, orderId, mostAttempts),
      this.store.head(),
      this.audit.of(orderId, facts),
    ]);
    const dossier = dossierOf({
      orderId,
      issuedAt: now(),
      facts,
      attempts: attempts.map(told),
      attemptsNotShown: altogether - attempts.length,
      store,
      checkpoint,
    });
    return signDossier(dossier, this.key);
  }

  /** The dossier on A4, sealed. @throws Problem as `make`, and 503 where too many wait for theirs */
  paperOf(orderId: string): Promise<Buffer> {
    return this.#papers.run('paper', async () => sealPage(await pdfDossier(await this.make(orderId)), 'pdf', this.key));
  }

  /** Who the customer is, opened for this answer alone; undefined where no order of theirs said. Never signed. */
  async personOf({ dossier }: SignedDossier): Promise<Who | undefined> {
    const sealed = dossier.facts[0]?.data['customer'] as { keyId: string; sealed: string } | undefined;
    return sealed && this.customers.open(dossier.orderId, sealed);
  }
}

function told(attempt: AttemptOnOrder): DossierAttempt {
  const { refusal } = attempt;
  const title = Object.hasOwn(refusals, refusal) ? refusals[refusal as keyof typeof refusals].title : refusal;
  const said = { ...attempt, attemptedAt: formatInstant(attempt.attemptedAt) };
  return { ...said, says: attemptSentence(said, title) };
}
