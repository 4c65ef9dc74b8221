import { createServer } from 'node:net';

/** Tries to listen. @returns the port that was given, or undefined where someone else has it. */
function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

export const isFree = async (port: number): Promise<boolean> => (await listen(port)) !== undefined;

/** @returns `count` different ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count && tries < count * 20; tries++) {
    const port = await listen(0);
    if (port !== undefined) found.add(port);
  }
  if (found.size < count) throw new Error(`There are no ${count} free ports on this machine.`);
  return [...found];
}
