/** One record of the file. `line` counts records from 1, the header being 1; an editor says the same unless a quoted field holds a line break. */
export type CsvRecord = { line: number; fields: string[] } | { line: number; broken: string; text: string };

/** A quoted field that goes on for longer than this has lost its closing quote. In UTF-16 units. */
const longestRecord = 1 << 20;
/** A file without a line break for this long is no CSV file. */
const longestLine = 16 << 20;

/**
 * Cuts text that comes in pieces into the records of a CSV file (RFC 4180): `,` (or another separator) between fields, `"` around
 * a field that holds separators, quotes (doubled) or line breaks; a record ends with LF, CR LF or CR, the last one also with the file.
 * A quote inside a field that does not begin with one is kept as it stands (`RECORD FRAME 7"`).
 *
 * Nothing in the file can make it swallow what follows: where a quote is never closed, or is closed in the middle of a
 * field, only the line on which that record begins is broken, and reading goes on with the next line. csv-parse stops
 * at the first such line or, told to relax, joins lines; so it was not used here.
 */
export class CsvReader {
  private text = '';
  private at = 0;
  private line = 0;
  private ended = false;
  /** Where the next quote, LF and CR stand; looked for once and not again for each record. */
  private nextQuote = -1;
  private nextLf = -1;
  private nextCr = -1;

  /** @param separator one character, as Excel writes `;` where the comma is for decimals. */
  constructor(private readonly separator = ',') {}

  /** @returns the records that are complete with this piece. */
  push(piece: string): CsvRecord[] {
    this.text = this.text.slice(this.at) + piece;
    this.at = 0;
    this.nextQuote = this.nextLf = this.nextCr = -1;
    if (this.text.length > longestLine) {
      throw new Error(`no end of a line for ${longestLine} characters: this is not a CSV file`);
    }
    return this.records();
  }

  /** @returns the records that only the end of the file completes. */
  end(): CsvRecord[] {
    this.ended = true;
    return this.records();
  }

  private records(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.at < this.text.length) {
      const record = this.next();
      if (record === undefined) break;
      records.push(record);
    }
    return records;
  }

  /** @returns undefined where the record is not complete yet; then nothing has been consumed. */
  private next(): CsvRecord | undefined {
    const start = this.at;
    const end = this.lineEnd(start);
    if (end === undefined && !this.ended) {
      // Only a quoted field may go on; a line that is merely unfinished waits for its end.
      return undefined;
    }
    const stop = end ?? this.text.length;
    if (this.quoteFrom(start) >= stop) {
      const fields = this.text.slice(start, stop).split(this.separator);
      this.at = this.after(stop);
      return { line: ++this.line, fields };
    }
    return this.quotedRecord(start, stop);
  }

  private quotedRecord(start: number, firstStop: number): CsvRecord | undefined {
    const text = this.text;
    const separator = this.separator.charCodeAt(0);
    const fields: string[] = [];
    let at = start;
    for (;;) {
      let next: number;
      if (text.charCodeAt(at) === 34) {
        let field = '';
        let from = at + 1;
        for (;;) {
          const quote = text.indexOf('"', from);
          if (quote < 0 || quote - start > longestRecord) {
            if (quote < 0 && !this.ended && text.length - start <= longestRecord) return undefined;
            return this.broken(start, firstStop, 'a quote is opened and never closed');
          }
          // Whether this quote closes the field, the next character says.
          if (quote + 1 >= text.length && !this.ended) return undefined;
          field += text.slice(from, quote);
          if (text.charCodeAt(quote + 1) !== 34) {
            next = quote + 1;
            break;
          }
          field += '"';
          from = quote + 2;
        }
        const follows = text.charCodeAt(next);
        if (next < text.length && follows !== separator && follows !== 10 && follows !== 13) {
          return this.broken(start, firstStop, 'a quoted field is followed by text');
        }
        fields.push(field);
      } else {
        const end = this.lineEnd(at);
        if (end === undefined && !this.ended) return undefined;
        const stop = end ?? text.length;
        const between = text.indexOf(this.separator, at);
        next = between >= 0 && between < stop ? between : stop;
        fields.push(text.slice(at, next));
      }
      if (text.charCodeAt(next) !== separator) {
        // A CR at the very end of what is here may be the half of a CR LF.
        if (text.charCodeAt(next) === 13 && next + 1 >= text.length && !this.ended) return undefined;
        this.at = this.after(next);
        return { line: ++this.line, fields };
      }
      at = next + 1;
    }
  }

  private broken(start: number, stop: number, broken: string): CsvRecord {
    this.at = this.after(stop);
    this.nextQuote = this.nextLf = this.nextCr = -1; // they had been looked for behind the lines that are read again
    return { line: ++this.line, broken, text: this.text.slice(start, stop) };
  }

  /** Where the line that holds `from` ends, or undefined where its end is not here yet. */
  private lineEnd(from: number): number | undefined {
    if (this.nextLf < from) this.nextLf = found(this.text.indexOf('\n', from));
    if (this.nextCr < from) this.nextCr = found(this.text.indexOf('\r', from));
    const end = Math.min(this.nextLf, this.nextCr);
    if (end === Infinity) return undefined;
    if (end === this.nextCr && end + 1 >= this.text.length && !this.ended) return undefined;
    return end;
  }

  private quoteFrom(from: number): number {
    if (this.nextQuote < from) this.nextQuote = found(this.text.indexOf('"', from));
    return this.nextQuote;
  }

  private after(end: number): number {
    return this.text.charCodeAt(end) === 13 && this.text.charCodeAt(end + 1) === 10 ? end + 2 : end + 1;
  }
}

const found = (index: number): number => (index < 0 ? Infinity : index);
