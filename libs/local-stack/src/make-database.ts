import pg from 'pg';

/**
 * Makes a database where there is none of this name, and the role that owns it (its password is its name).
 * @param url any database of the server, as someone who may do this
 */
export async function makeDatabase(url: string, wanted: { name: string; owner?: string }): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const [name, owner] = [pg.escapeIdentifier(wanted.name), wanted.owner && pg.escapeIdentifier(wanted.owner)];
    const role = await client.query('select from pg_roles where rolname = $1', [wanted.owner]);
    if (wanted.owner && owner && role.rowCount === 0) {
      await client.query(`create role ${owner} login password ${pg.escapeLiteral(wanted.owner)}`);
    }
    const database = await client.query('select from pg_database where datname = $1', [wanted.name]);
    if (database.rowCount === 0) await client.query(`create database ${name}${owner ? ` owner ${owner}` : ''}`);
  } finally {
    await client.end();
  }
}

/** Makes the database that a connection string names, where its server does not have it. */
export async function makeDatabaseOf(url: string): Promise<void> {
  const server = new URL(url);
  const name = decodeURIComponent(server.pathname.slice(1));
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
  } catch (error) {
    if ((error as pg.DatabaseError).code !== '3D000') throw error; // 3D000: there is no such database
    server.pathname = '/postgres';
    await makeDatabase(server.href, { name });
  } finally {
    await client.end();
  }
}
