/** A row as it comes from a file or a table: texts, in the order of the columns; or why it could not be read. */
export type SourceRow =
  | { number: number; fields: (string | null)[] }
  /** `mayName`: of each column that was asked for, what may stand in it: one text, or two where the line is too long or too short. */
  | { number: number; broken: SourceFault; mayName: string[][] };
export type SourceFault = 'not-csv' | 'blank-line' | 'wrong-columns';

/** A table, wherever it is. Read once, from its first row to its last, in pieces. */
export interface TableSource {
  /** As origins name it: `orders.csv`, `postgres:orders`. */
  name: string;
  /** Whether it is all of the table. What a query does not select may be there all the same. */
  whole: boolean;
  /** What a row of it is called: line of a file (the header being line 1), or row. */
  columns(): Promise<string[]>;
  /** @param columns the ones to read; others are not fetched */
  rows(columns: string[]): AsyncIterable<SourceRow[]>;
}
