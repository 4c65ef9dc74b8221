import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { nearestTo } from '../config/read-config.js';
import { invalidInputs, type FieldProblem } from '../problems/problem.js';

/**
 * Every input of every route has a zod schema, or is refused: Nest's own pipe lets an input without one through
 * unread. All that is wrong with an input is said at once, each with where it stands and what to send instead.
 * Inputs of decorators of our own (`createParamDecorator`) read and check the request themselves.
 */
@Injectable()
export class DescribedInputs implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const schema = (metadata as { schema?: unknown }).schema;
    if (metadata.type === 'custom' && schema === undefined) return value;
    if (!(schema instanceof z.core.$ZodType)) {
      throw new Error(
        `the ${metadata.type} input ${metadata.data ?? ''} has no zod schema: give its decorator { schema }`,
      );
    }
    // A request without a body is read as an empty object, so that what is missing is named field by field.
    const given = value === undefined && metadata.type === 'body' ? {} : value;
    const read = z.core.safeParse(schema, given);
    if (read.success) return read.data;
    throw invalidInputs(fieldProblems(read.error, schema, placeOf(metadata), given, metadata.data));
  }
}

const places = { body: 'body', query: 'query', param: 'path', headers: 'header' } as const;
const placeOf = ({ type }: ArgumentMetadata): FieldProblem['in'] =>
  type in places ? places[type as keyof typeof places] : 'header';

/** What zod found, in words for the caller. @param name of the parameter, where the schema is of one alone. */
export function fieldProblems(
  error: z.core.$ZodError,
  schema: z.core.$ZodType,
  place: FieldProblem['in'],
  given: unknown,
  name?: string,
): FieldProblem[] {
  const found = error.issues.flatMap((issue) => {
    const path = [...(name === undefined ? [] : [name]), ...issue.path.map(String)];
    const field = path.join('.');
    const at = schemaAt(schema, issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = at instanceof z.ZodObject ? Object.keys(at.shape) : [];
      return issue.keys.map((key) => {
        const nearest = nearestTo(key, known);
        return {
          field: [...path, key].join('.'),
          in: place,
          problem: 'is not known here',
          remedy: nearest ? `leave it out, or did you mean ${nearest}?` : `leave it out; known are ${known.join(', ')}`,
        };
      });
    }
    return [
      { field, in: place, problem: problemOf(issue, valueAt(given, issue.path), at), remedy: remedyOf(issue, at) },
    ];
  });
  // Two checks of one field may find the same (a whole number past its own limit and past what counts).
  const said = new Set<string>();
  return found.filter(({ field, problem }) => {
    const once = `${field} ${problem}`;
    return !said.has(once) && said.add(once);
  });
}

function problemOf(issue: z.core.$ZodIssue, value: unknown, at: z.core.$ZodType | undefined): string {
  if (value === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'int' && typeof value === 'number') return 'is not a whole number';
      return `is ${kindOf(value)}, not ${expectedOf(issue, at)}`;
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string' ? 'is too short' : 'is too small';
    case 'too_big':
      return issue.origin === 'array' || issue.origin === 'string' ? 'is too long' : 'is too large';
    case 'invalid_value':
      return 'is none of the known values';
    case 'invalid_format':
      return 'is not of the right form';
    default:
      // A check without words of its own has zod's.
      return issue.message === 'Invalid input' ? 'is not of the right form' : issue.message;
  }
}

function remedyOf(issue: z.core.$ZodIssue, at: z.core.$ZodType | undefined): string {
  // What there is to choose from says more than what the choice is about.
  if (issue.code === 'invalid_value') return `send one of ${issue.values.map(String).join(', ')}`;
  const description = at === undefined ? undefined : z.globalRegistry.get(at)?.description;
  if (description !== undefined) return `send ${description}`;
  switch (issue.code) {
    case 'invalid_type':
      return `send ${expectedOf(issue, at)}`;
    case 'too_small':
      return `send at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `send at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return issue.message;
  }
}

const kinds: Record<string, string> = { int: 'a whole number', object: 'an object', array: 'a list', string: 'a text' };
const article = (kind: string): string => kinds[kind] ?? `a ${kind}`;
const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '');

/** zod expects `number` of a text where the field takes whole numbers only: the caller is told the whole of it at once. */
const expectedOf = (issue: z.core.$ZodIssueInvalidType, at: z.core.$ZodType | undefined): string =>
  article(at instanceof z.ZodNumber && at.isInt ? 'int' : issue.expected);

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return article(Array.isArray(value) ? 'array' : typeof value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}

/** The schema of one field; undefined where the path leads through a kind of schema that our inputs do not use. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = schema;
  for (const key of path) {
    const inner: z.core.$ZodType | undefined = current && unwrapped(current);
    if (inner instanceof z.ZodObject) current = (inner.shape as Record<PropertyKey, z.core.$ZodType>)[key];
    else if (inner instanceof z.ZodArray) current = inner.element;
    else return undefined;
  }
  return current && unwrapped(current, (schema) => z.globalRegistry.get(schema)?.description !== undefined);
}

/** What is inside optional, nullable, default and transform, as far as the first schema that is `enough`. */
function unwrapped(schema: z.core.$ZodType, enough = (_schema: z.core.$ZodType): boolean => false): z.core.$ZodType {
  let current = schema;
  for (let depth = 0; depth < 8; depth += 1) {
    if (enough(current)) return current;
    if (current instanceof z.ZodOptional || current instanceof z.ZodNullable || current instanceof z.ZodDefault) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPipe) {
      // What a preprocess takes is anything; what it wants stands behind it.
      current = current.in instanceof z.ZodTransform ? current.out : current.in;
    } else return current;
  }
  return current;
}
