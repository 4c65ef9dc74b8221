import type { TableSource } from '../table-source.js';

/** A table of texts, as a file or a database would give it. */
export const tableOf = (name: string, columns: string[], rows: (string | null)[][]): TableSource => ({
  name,
  whole: true,
  columns: () => Promise.resolve(columns),
  async *rows(chosen) {
    const places = chosen.map((column) => columns.indexOf(column));
    yield await Promise.resolve(
      rows.map((row, index) => ({ number: index + 2, fields: places.map((place) => row[place]!) })),
    );
  },
});
