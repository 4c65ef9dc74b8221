import { describe, expect, it } from '@jest/globals';
import { obstaclesBetween } from './compatibility.js';

const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'Fact', namespace: 'x', fields });
const id = { name: 'id', type: 'string' };
const placed = { type: 'record', name: 'Placed', fields: [{ name: 'total', type: 'long' }] };
const field = (name: string, type: unknown, rest: object = {}) => ({ name, type, ...rest });

describe('two versions of a schema', () => {
  it('go together where they are the same, or differ in what is said of them', () => {
    expect(obstaclesBetween(record(id), record({ ...id, doc: 'who' }))).toEqual([]);
  });

  it('go together where a nullable field with a default has come or gone', () => {
    const wide = record(id, field('placed', ['null', placed], { default: null }));
    expect(obstaclesBetween(record(id), wide)).toEqual([]);
    expect(obstaclesBetween(wide, record(id))).toEqual([]);
  });

  it('do not go together where a field without a default has come', () => {
    expect(obstaclesBetween(record(id), record(id, field('total', 'long')))[0]).toMatch(/^readers with the new schema/);
  });

  it('do not go together where one has gone that older readers need', () => {
    expect(obstaclesBetween(record(id, field('total', 'long')), record(id))[0]).toMatch(/^readers with the old schema/);
  });

  it('do not go together where a type has changed, be it wider', () => {
    expect(obstaclesBetween(record(field('n', 'long')), record(field('n', 'string')))).toHaveLength(2);
    expect(obstaclesBetween(record(field('n', 'int')), record(field('n', 'long')))).toHaveLength(1);
  });

  it('do not go together where a union has a new branch: an old reader would meet it', () => {
    const narrow = record(field('data', ['null', placed], { default: null }));
    const wide = record(field('data', ['null', placed, 'string'], { default: null }));
    expect(obstaclesBetween(narrow, wide).join()).toContain('old readers do not know the new branch string');
    expect(obstaclesBetween(wide, narrow).join()).toContain('string');
  });

  it('are compared in depth: in lists, and in the branches of unions', () => {
    const list = (fields: object[]) =>
      record(
        field('data', ['null', { type: 'array', items: { type: 'record', name: 'Line', fields } }], { default: null }),
      );
    expect(obstaclesBetween(list([id]), list([id, field('q', 'long', { default: 1 })]))).toEqual([]);
    expect(obstaclesBetween(list([id]), list([id, field('q', 'long')]))).not.toEqual([]);
    const union = (branches: unknown[]) => list([field('q', branches, { default: null })]);
    expect(obstaclesBetween(union(['null', 'long']), union(['null', 'long', 'string']))).not.toEqual([]);
  });

  it('do not go together where the name has changed', () => {
    expect(obstaclesBetween(record(id), record(id).replace('Fact', 'Fakt'))).not.toEqual([]);
  });
});
