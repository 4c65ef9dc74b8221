import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvReader, type CsvRecord } from './csv-records.js';

const read = (...pieces: string[]): CsvRecord[] => {
  const csv = new CsvReader();
  return [...pieces.flatMap((piece) => csv.push(piece)), ...csv.end()];
};
const fields = (...pieces: string[]) =>
  read(...pieces).map((record) => ('fields' in record ? record.fields : record.broken));

describe('the records of a CSV file', () => {
  it('end with LF, CR LF, CR or the file', () => {
    expect(fields('a,b\nc,d\r\ne,f\rg,h')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
      ['g', 'h'],
    ]);
    expect(fields('a,b\r\n')).toEqual([['a', 'b']]);
    expect(fields('a\r', '\nb')).toEqual([['a'], ['b']]);
    expect(fields('"a"\r', '\n"b"\r', 'c')).toEqual([['a'], ['b'], ['c']]);
  });

  it('hold quoted commas, quotes and line breaks', () => {
    expect(fields('1,"a, ""b""\nc\r\nd",2\n3,"",4')).toEqual([
      ['1', 'a, "b"\nc\r\nd', '2'],
      ['3', '', '4'],
    ]);
  });

  it('keep a quote that stands inside a field', () => {
    expect(fields('1,FRAME 7" SINGLE,2\n3,x,4')).toEqual([
      ['1', 'FRAME 7" SINGLE', '2'],
      ['3', 'x', '4'],
    ]);
  });

  it('are numbered one by one, the blank ones too', () => {
    expect(read('h\n"1\n1"\n\n2').map(({ line }) => line)).toEqual([1, 2, 3, 4]);
  });

  it('lose one line, and no more, to a quote that is never closed', () => {
    expect(fields('1,a\n2,"b\n3,c\n4,"d ""5"" d"\n5,e')).toEqual([
      ['1', 'a'],
      'a quoted field is followed by text',
      ['3', 'c'],
      ['4', 'd "5" d'],
      ['5', 'e'],
    ]);
    expect(fields('1,"a\n2,b\n', '3,c')).toEqual(['a quote is opened and never closed', ['2', 'b'], ['3', 'c']]);
  });

  it('do not wait for a closing quote for ever', () => {
    const many = 'x,y\n'.repeat(400_000);
    const csv = new CsvReader();
    const records = csv.push(`1,"a\n${many}`);
    expect(records).toHaveLength(400_001);
  });

  it('refuses what has no lines at all', () => {
    expect(() => read('x'.repeat(17 << 20))).toThrow('this is not a CSV file');
  });

  it('come out as they were written, however the text is cut into pieces', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '7', ',', '"', '\n', '\r', ' ', 'é', '£'), maxLength: 6 });
    const written = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(written, fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(40)), (records, lineEnd, cuts) => {
        const text = records
          .map((record) => record.map((value) => `"${value.replaceAll('"', '""')}"`).join(',') + lineEnd)
          .join('');
        const pieces: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(text.slice(at, at + cut));
          at += cut;
        }
        pieces.push(text.slice(at));
        expect(fields(...pieces)).toEqual(records);
      }),
    );
  });

  it('are the same, whatever the text is and however it is cut', () => {
    const anything = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 40 });
    fc.assert(
      fc.property(anything, fc.nat(40), fc.nat(40), (text, first, second) => {
        const [a, b] = [Math.min(first, second), Math.max(first, second)];
        expect(read(text.slice(0, a), text.slice(a, b), text.slice(b))).toEqual(read(text));
      }),
    );
  });
});
