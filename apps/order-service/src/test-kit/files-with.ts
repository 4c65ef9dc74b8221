import { rowsOf } from './rows.js';

/** The files of a database that hold these bytes, once all that is in memory was written. Asked as the superuser. */
export async function filesWith(connectionString: string, bytes: Buffer): Promise<string[]> {
  await rowsOf(connectionString, 'checkpoint');
  const found = await rowsOf(
    connectionString,
    `select file from (select oid from pg_database where datname = current_database()) own,
       lateral (select 'base/' || oid || '/' || pg_ls_dir('base/' || oid) as file) files
     where position($1::bytea in coalesce(pg_read_binary_file(file, true), '')) > 0`,
    [bytes],
  );
  return found.map(({ file }) => file as string);
}
