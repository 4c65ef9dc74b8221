/** One input that was not as it must be: where it stands, what is wrong, and what to send instead. */
export interface FieldProblem {
  /** `lines.0.quantity`; of a header or a path or query parameter, its name. */
  field: string;
  in: 'body' | 'path' | 'query' | 'header';
  problem: string;
  remedy: string;
}

export interface ProblemContent {
  /** Stable, kebab-case: the last part of `type`. Callers may rely on it. */
  code: string;
  status: number;
  /** The same sentence for every occurrence. */
  title: string;
  /** This occurrence, and what the caller does next. Never personal data: it is logged and answered. */
  detail?: string;
  errors?: FieldProblem[];
  /** Members of its own, beside the standard ones. */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/**
 * An answer in the form of RFC 9457, thrown where a request cannot be done. `HttpException` would wrap what it is
 * given, so this is a class of its own; the filter writes it.
 *     throw new Problem({ code: 'order-not-found', status: 404, title: 'There is no such order.' })
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: FieldProblem[] | undefined;
  readonly members: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(content: ProblemContent, options?: { cause?: unknown }) {
    super(content.detail ?? content.title, options);
    this.code = content.code;
    this.status = content.status;
    this.title = content.title;
    this.detail = content.detail;
    this.errors = content.errors;
    this.members = content.members ?? {};
    this.headers = content.headers ?? {};
  }

  toBody(correlationId: string | undefined): Record<string, unknown> {
    return {
      type: problemType(this.code),
      title: this.title,
      status: this.status,
      ...(this.detail !== undefined ? { detail: this.detail } : {}),
      ...(this.errors !== undefined ? { errors: this.errors } : {}),
      ...this.members,
      ...(correlationId !== undefined ? { correlationId } : {}),
    };
  }
}

/** The stable `type` of a problem; docs/errors.md lists them. A URN: it names and promises no page. */
export const problemType = (code: string): string => `urn:orderlog:problem:${code}`;

/** Something that we stand on is away, or there is too much at once. The caller tries again, with the same key. */
export const unavailable = (
  code: string,
  detail: string,
  options: { retryAfterSeconds?: number; cause?: unknown } = {},
): Problem =>
  new Problem(
    {
      code,
      status: 503,
      title: 'It cannot be done at the moment.',
      detail,
      headers: { 'retry-after': String(options.retryAfterSeconds ?? 1) },
    },
    { cause: options.cause },
  );

export const invalidInputs = (errors: FieldProblem[]): Problem =>
  new Problem({
    code: 'invalid-request',
    status: 400,
    title: 'The request is not well-formed.',
    detail: errors
      .slice(0, 3)
      .map((error) => `${error.field === '' ? `the ${error.in}` : error.field}: ${error.problem}`)
      .join('; ')
      .concat(errors.length > 3 ? `; and ${errors.length - 3} more` : ''),
    errors,
  });
