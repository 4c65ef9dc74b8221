/** A column of times as microseconds; null, and not an error that names no fact, where it is none that Postgres can count so. */
export const microseconds = (column: string): string =>
  `case when ${column} > '-infinity' and ${column} < '294247-01-01Z' then orders.microseconds(${column}) end`;
