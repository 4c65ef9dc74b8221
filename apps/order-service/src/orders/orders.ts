import { randomUUID } from 'node:crypto';
import { formatInstant, now } from '@orderlog/instant';
import type { Append, CommandRecord, EventStore, NewEvent, StoredEvent } from '@orderlog/event-store';
import {
  afterAll,
  atFact,
  ContractError,
  messagesOf,
  noState,
  toStored,
  type OrderState,
  type TopicNames,
} from '@orderlog/order-contract';
import { decide, fold, type OrderCommand, type OrderEvent, type Refusal } from '@orderlog/order-domain';
import type { Problem } from '@orderlog/service-kit';
import type { Attempts, PreparedAttempt } from '../attempts/attempts.js';
import { problemOfRefusal, refusals, serviceProblem } from '../refusals/refusals.js';
import type { RegisteredSchemas } from '../registered-schemas/registered-schemas.js';
import { log } from '../signals.js';
import type { FoldedStates } from '../snapshots/folded-states.js';
import type { CommandContext } from './asked.js';
import { keyedHash } from './keyed-hash.js';
import { LatestStates } from './latest-states.js';
import { Mailboxes } from './mailboxes.js';
import { commandIdOf, requestHash, UnderWay } from './requests.js';

/** What came of a command that was not refused. */
export interface Accepted {
  orderId: string;
  state: OrderState;
  status: 200 | 201;
  /** The answer of a command that was done before, under the same key. */
  replayed: boolean;
}

/** May commands be taken at all? Throws a Problem with the remedy where not. */
export interface Gate {
  pass(): void;
}

export interface OrdersLimits {
  waitingPerOrder: number;
  waiting: number;
  waitLimitMs: number;
  cachedOrders: number;
  idempotencySecret: string;
}

/**
 * Others may be first this often before the caller hears of it. From the second time on, and at once where others were
 * first at the command before, it is decided again under the store's lock, on what came between: two processes at one order
 * would otherwise take turns at losing.
 */
const tries = 5;
/** So many orders are remembered as contested; at more, all are forgotten, which costs each of them one more lost race. */
const mostContested = 10_000;

/**
 * Does what it is told with orders: one command an order at a time, decided on the latest state, its facts and messages
 * kept together or not at all. The cache may be behind another process's writes: what it lets through, the append
 * checks; what it refuses, or finds done already, is looked up before that is believed.
 */
export class Orders {
  readonly #mailboxes: Mailboxes;
  readonly #states: LatestStates;
  /** Where another process was first: the next command is decided under the lock at once. */
  readonly #contested = new Set<string>();
  readonly #underWay = new UnderWay();
  readonly #keyed: ReturnType<typeof keyedHash>;

  constructor(
    private readonly store: EventStore,
    private readonly folded: FoldedStates,
    private readonly schemas: RegisteredSchemas,
    private readonly attempts: Attempts,
    private readonly topics: TopicNames,
    private readonly gates: readonly Gate[],
    limits: OrdersLimits,
  ) {
    this.#mailboxes = new Mailboxes({
      perOrder: limits.waitingPerOrder,
      altogether: limits.waiting,
      waitLimitMs: limits.waitLimitMs,
    });
    this.#states = new LatestStates(limits.cachedOrders);
    this.#keyed = keyedHash(limits.idempotencySecret);
  }

  /** Commands that wait for their turn, or are under way. */
  get waiting(): number {
    return this.#mailboxes.waiting;
  }

  get cached(): number {
    return this.#states.size;
  }

  /**
   * Does a command, or says why not.
   * @throws Problem: refused by a rule, a lost race, another version than If-Match names, too busy
   * @throws StoreUnavailable where Postgres is away
   */
  async handle(orderId: string, command: OrderCommand, context: CommandContext): Promise<Accepted> {
    for (const gate of this.gates) gate.pass();
    const { scope, idempotencyKey: key } = context;
    if (key === undefined) {
      const commandId = context.commandId ?? randomUUID();
      return this.#tell({ orderId, command, context, commandId, record: undefined });
    }
    const record = { scope, key, requestHash: requestHash(this.#keyed, context) };
    const told: Told = { orderId, command, context, commandId: commandIdOf(this.#keyed, scope, key), record };
    return this.#underWay.alone(scope, key, () => this.#tell(told));
  }

  /** The latest state, with what other processes have written. Version 0: there is no such order. */
  async latest(orderId: string): Promise<OrderState> {
    const known = this.#states.get(orderId) ?? noState;
    const state = await this.folded.latest(orderId, known);
    if (state !== known) this.#states.keep(orderId, state);
    return state;
  }

  /** As it was right after this fact. @returns undefined where it has no such version */
  async atVersion(orderId: string, version: number): Promise<OrderState | undefined> {
    const known = this.#states.get(orderId);
    if (known?.version === version) return known;
    return this.folded.atVersion(orderId, version);
  }

  async #tell(told: Told): Promise<Accepted> {
    const result = await this.#mailboxes.run(told.orderId, () => this.#decideAndAppend(told));
    if (!('problem' in result)) return result;
    // Outside the order's queue: nobody's turn waits for what is not about the order's state.
    if (result.attempt) await this.attempts.record(result.attempt, result.kept);
    throw result.problem;
  }

  async #decideAndAppend(told: Told): Promise<Accepted | Refused> {
    const { orderId, command, context } = told;
    // A new order is not looked for: that nobody has its ID, the append finds out.
    const cached = this.#states.get(orderId) ?? (command.type === 'PlaceOrder' ? noState : undefined);
    let state = cached ?? (await this.latest(orderId));
    let looked = cached === undefined;
    const wasContested = this.#contested.delete(orderId);
    for (let trial = 1; trial <= tries;) {
      const verdict = judge(told, state);
      if (verdict.outcome !== 'facts' && !looked) {
        const latest = await this.latest(orderId);
        looked = true;
        if (latest.version !== state.version) {
          state = latest;
          continue;
        }
      }
      const mayDecideAgain = wasContested || trial > 1;
      const settled = await this.#settle(told, { state, verdict }, { mayDecideAgain });
      if (settled) return settled;
      if (context.ifMatch !== undefined && context.ifMatch !== '*') throw versionDiffers(await this.latest(orderId));
      trial += 1;
      this.#states.forget(orderId);
      state = await this.latest(orderId);
      looked = true;
    }
    log('orders.lost-race', { orderId, tries });
    throw serviceProblem('lost-race');
  }

  /** @returns what came of it, or undefined where somebody else was first */
  async #settle(
    told: Told,
    decided: Decided,
    how: { mayDecideAgain: boolean },
  ): Promise<Accepted | Refused | undefined> {
    const { orderId, record } = told;
    const { state, verdict } = decided;
    if (verdict.outcome === 'refused' || verdict.outcome === 'problem') {
      const known = record && (await this.#known(told));
      if (known) return known;
    }
    const intent = this.#intent(told, decided);
    if (intent.append) return this.#append(told, intent, how);
    return intent.refused ?? { orderId, state, status: 200, replayed: false };
  }

  /** What is to be kept of what was decided, if anything, and what is to be said of it. */
  #intent(told: Told, { state, verdict }: Decided): Intent {
    const { orderId, command, context, commandId, record } = told;
    const keep = (facts: OrderEvent[], status: 200 | 201 | 422, attempt?: PreparedAttempt): Intent => {
      const order = fold(facts, state.order);
      const encoder = this.schemas.encoder();
      const about = {
        traceparent: context.traceparent,
        ...(state.version > 0 ? { placedAt: state.placedAt } : {}),
      };
      return {
        state,
        order,
        status,
        append: {
          stream: orderId,
          expectedVersion: state.version === 0 ? 'none' : state.version,
          events: facts.map((fact) => this.#newEvent(told, state, fact)),
          messages: (recorded) =>
            attempt ? [attempt.message] : messagesOf(recorded, order, encoder, this.topics, about),
          ...(record ? { command: { ...record, status } } : {}),
        },
      };
    };
    const nothing: Intent = { state, order: state.order, status: 200 };
    switch (verdict.outcome) {
      case 'facts':
        return keep(verdict.facts, context.made);
      case 'nothing-new':
        return record ? keep([], 200) : nothing;
      case 'refused': {
        const { refusal } = verdict;
        const { status } = refusals[refusal.code];
        const attempt = this.attempts.prepare({ orderId, state, command, commandId, refusal, context });
        const problem = problemOfRefusal(refusal, etagOf(state));
        return record && status === 422
          ? { ...keep([], status, attempt), refused: { problem, attempt, kept: 'message is kept' } }
          : { ...nothing, refused: { problem, attempt, kept: 'nothing yet' } };
      }
      case 'problem': {
        const { problem } = verdict;
        const refused: Refused = { problem, attempt: undefined, kept: 'nothing yet' };
        return { ...(record && problem.status === 422 ? keep([], 422) : nothing), refused };
      }
    }
  }

  /**
   * Keeps what was decided; where somebody else was first and it `mayDecideAgain`, what is decided on what came between.
   * @returns undefined where somebody else was first
   */
  async #append(
    told: Told,
    first: Intent,
    { mayDecideAgain }: { mayDecideAgain: boolean },
  ): Promise<Accepted | Refused | undefined> {
    const { orderId } = told;
    let intent = first;
    const overtaken = (newer: StoredEvent[]): Append | undefined => {
      const state = afterAll(first.state, newer);
      intent = this.#intent(told, { state, verdict: judge(told, state) });
      return intent.append;
    };
    let result;
    try {
      result = await this.store.append({ ...(first.append as Append), ...(mayDecideAgain ? { overtaken } : {}) });
    } catch (error) {
      // Whether it was kept may not be known: the next one looks.
      this.#states.forget(orderId);
      throw error;
    }
    const { state, order, status, refused } = intent;
    switch (result.outcome) {
      case 'appended': {
        if (intent !== first) this.#rememberContested(orderId);
        const last = result.events.at(-1);
        const kept = result.events.reduce((before, event) => atFact(before, order, event), state);
        this.#states.keep(orderId, kept);
        if (last) this.folded.appended(orderId, state.version, kept, last.hash);
        return refused ?? { orderId, state: kept, status: status === 201 ? 201 : 200, replayed: false };
      }
      case 'conflict':
        this.#rememberContested(orderId);
        log('orders.conflict', {
          orderId,
          expectedVersion: first.state.version,
          actualVersion: result.actualVersion,
        });
        return undefined;
      case 'known-command':
        if (!result.sameRequest) throw serviceProblem('idempotency-key-used');
        return this.#answerAgain(told, result);
      case 'refused':
        if (result.error instanceof ContractError && result.error.code === 'message-too-large') {
          throw serviceProblem('message-too-large', { cause: result.error });
        }
        throw result.error;
    }
  }

  #rememberContested(orderId: string): void {
    if (this.#contested.size >= mostContested) this.#contested.clear();
    this.#contested.add(orderId);
  }

  #newEvent({ context, commandId }: Told, state: OrderState, fact: OrderEvent): NewEvent {
    const { occurredAt, actor, reason, correlationId } = context;
    return {
      ...(toStored(fact) as Pick<NewEvent, 'type' | 'schemaVersion' | 'data'>),
      metadata: {
        ...(actor !== undefined ? { actor } : {}),
        ...(reason !== undefined ? { reason } : {}),
        correlationId,
        commandId,
      },
      // Clocks of several machines differ a little: what is said to happen now is never before the order itself.
      occurredAt: occurredAt ?? Math.max(now(), state.placedAt),
    };
  }

  /** The answer of an earlier request with this key, if there was one. */
  async #known(told: Told): Promise<Accepted | undefined> {
    const { scope, key, requestHash: hash } = told.record as Omit<CommandRecord, 'status'>;
    const known = await this.store.findCommand(scope, key);
    if (!known) return undefined;
    if (!known.requestHash.equals(hash)) throw serviceProblem('idempotency-key-used');
    return this.#answerAgain(told, known);
  }

  /** Builds the first answer again from where the order stood then. The rules are pure: the same refusal comes out. */
  async #answerAgain(told: Told, known: { stream: string; version: number; status: number }): Promise<Accepted> {
    const state = known.version === 0 ? noState : await this.atVersion(known.stream, known.version);
    if (!state) throw new Error(`command kept at ${known.stream} version ${known.version}, which is not there`);
    if (known.status === 200 || known.status === 201) {
      return { orderId: known.stream, state, status: known.status, replayed: true };
    }
    const verdict = judge({ ...told, context: { ...told.context, ifMatch: undefined } }, state);
    if (verdict.outcome === 'refused') throw problemOfRefusal(verdict.refusal, { ...etagOf(state), ...replayed });
    if (verdict.outcome === 'problem') throw occurredBeforeOrder(state, replayed);
    throw serviceProblem('refused-before', { headers: replayed });
  }
}

export const replayed = { 'idempotency-replayed': 'true' };

/** A refusal that is believed, and what the audit is to hear of it. */
interface Refused {
  problem: Problem;
  attempt: PreparedAttempt | undefined;
  kept: 'nothing yet' | 'message is kept';
}

/** A command on its way. */
interface Told {
  orderId: string;
  command: OrderCommand;
  context: CommandContext;
  commandId: string;
  /** Where it is to be remembered. */
  record: Omit<CommandRecord, 'status'> | undefined;
}

/** What is decided, and on which state. */
interface Decided {
  state: OrderState;
  verdict: Verdict;
}

/** What an append is to keep, and what is to be said once it has. */
interface Intent {
  /** That it was decided on … */
  state: OrderState;
  /** … and what the order is after it. */
  order: OrderState['order'];
  status: 200 | 201 | 422;
  /** None: there is nothing to keep. */
  append?: Append;
  /** A refusal is what is said. */
  refused?: Refused;
}

type Verdict =
  | { outcome: 'facts'; facts: OrderEvent[] }
  | { outcome: 'nothing-new' }
  | { outcome: 'refused'; refusal: Refusal }
  | { outcome: 'problem'; problem: Problem };

/** The rules of an order, and before them what HTTP asks for. */
function judge({ command, context }: Told, state: OrderState): Verdict {
  const { ifMatch, occurredAt } = context;
  if (ifMatch !== undefined && state.version > 0 && ifMatch !== '*' && ifMatch !== state.version) {
    return { outcome: 'problem', problem: versionDiffers(state) };
  }
  if (ifMatch !== undefined && state.version === 0 && command.type === 'PlaceOrder') {
    return { outcome: 'problem', problem: versionDiffers(state) };
  }
  const decision = decide(command, state.order);
  if (decision.outcome === 'facts' && occurredAt !== undefined && occurredAt < state.placedAt) {
    return { outcome: 'problem', problem: occurredBeforeOrder(state) };
  }
  return decision;
}

const occurredBeforeOrder = (state: OrderState, headers: Record<string, string> = {}): Problem =>
  serviceProblem('occurred-before-order', {
    members: { placedAt: formatInstant(state.placedAt) },
    headers: { ...etagOf(state), ...headers },
  });

const versionDiffers = (state: OrderState): Problem =>
  serviceProblem('version-differs', { members: { currentVersion: state.version }, headers: etagOf(state) });

export const etagOf = ({ version }: OrderState): Record<string, string> =>
  version === 0 ? {} : { etag: `"${version}"` };
