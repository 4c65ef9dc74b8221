import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CsvSource } from './csv-source.js';

const folder = mkdtempSync(join(tmpdir(), 'orderlog-csv-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const source = (content: string | Buffer) => {
  const path = join(folder, 'orders.csv');
  writeFileSync(path, content);
  return new CsvSource(path, { encoding: 'utf-8', signal: new AbortController().signal });
};
const faultsOf = async (content: string) => {
  const csv = source(content);
  const faults = [];
  for await (const some of csv.rows(await csv.columns())) faults.push(...some.filter((row) => 'broken' in row));
  return faults;
};
const rowsOf = async (content: string) => {
  const csv = source(content);
  const rows = [];
  for await (const some of csv.rows(await csv.columns())) rows.push(...some);
  return rows.map((row) => ('fields' in row ? row.fields : row.broken));
};

describe('the header of a CSV file', () => {
  it('tells what stands between columns: Excel writes semicolons where the comma is for decimals', async () => {
    expect(await source('\uFEFFOrder ID;Total\r\n').columns()).toEqual(['Order ID', 'Total']);
    expect(await rowsOf('id;total;note\r\n1;"1,50";"a;b\r\nc"\r\n2;3;"x, y"\r\n')).toEqual([
      ['1', '1,50', 'a;b\r\nc'],
      ['2', '3', 'x, y'],
    ]);
    expect(await rowsOf('"id";"total; all of it"\n1;2\n')).toEqual([['1', '2']]);
    expect(await rowsOf('id\ttotal\n1\t2\n')).toEqual([['1', '2']]);
  });

  it.each([
    ['\uFEFFsep=;\r\nid;total, gross\r\n1;2,50\r\n', ['1', '2,50']],
    ['SEP=,\nid,total;all\n1,2;3\n', ['1', '2;3']],
    ['sep=\t\nid\ttotal\n1\t2\n', ['1', '2']],
    ['sep=|\nid|total\n1|2\n', ['1', '2']],
  ])('stands behind a line that names the separator: %j', async (content, row) => {
    expect(await rowsOf(content)).toEqual([row]);
    for await (const rows of source(content).rows(['id']))
      expect(rows.map(({ number }) => number)).toEqual(rows.map(() => 3));
  });

  it('is the first line where that only looks as if it named the separator', async () => {
    expect(await source('sep=x,total\n1,2\n').columns()).toEqual(['sep=x', 'total']);
    expect(await source('sep;total\n1;2\n').columns()).toEqual(['sep', 'total']);
    await expect(source('sep=;\n').columns()).rejects.toMatchObject({ message: 'orders.csv is empty' });
  });

  it('with a comma is of commas, whatever else is in it', async () => {
    expect(await rowsOf('id,total;all\n1,2;3\n')).toEqual([['1', '2;3']]);
    expect(await rowsOf('id,"total;\tall"\n1,2\n')).toEqual([['1', '2']]);
    expect(await rowsOf('id\n1;2\n')).toEqual([['1;2']]);
  });

  it('in UTF-16 says which option is missing', async () => {
    await expect(source(Buffer.from('\uFEFFid,total\n', 'utf16le')).columns()).rejects.toMatchObject({
      remedy: expect.stringContaining('--encoding utf-16le'),
    });
  });
});

it('what exports write for null is nothing', async () => {
  expect(await rowsOf('id,total\n1,NULL\n2,\\N\n3,Null\n')).toEqual([
    ['1', null],
    ['2', null],
    ['3', 'Null'],
  ]);
});

describe('a line that cannot be read', () => {
  it('says what may stand in each column, where that can be told', async () => {
    expect(await faultsOf('id,total,note\n1,79.99\n2,79.99,too,much\n3,79.99,"open\n\n')).toEqual([
      { number: 2, broken: 'wrong-columns', mayName: [['1'], ['79.99', '1'], ['79.99']] },
      { number: 3, broken: 'wrong-columns', mayName: [['2'], ['79.99', 'too'], ['much']] },
      { number: 4, broken: 'not-csv', mayName: [['3'], ['79.99'], ['open']] },
      { number: 5, broken: 'blank-line', mayName: [[], [], []] },
    ]);
  });
});
