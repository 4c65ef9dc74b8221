import { createServer } from 'node:net';

/** Whether nobody listens there now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}

/**
 * Where free ports are looked for: below those that a system gives to whoever wants any (Linux from 32,768 on, others from
 * 49,152 on). What is free here stays so until it is used, also where that is a minute later and others open ports all
 * the time.
 */
const lookedThrough = { from: 10_000, to: 32_000 };
/** Each process goes on from a place of its own, so that two that look at the same time do not find the same. */
let next = lookedThrough.from + Math.floor(Math.random() * (lookedThrough.to - lookedThrough.from));

/** @returns `count` different ports that nobody listens on now, and that the system gives to nobody. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; found.length < count && tries < count + 1_000; tries++) {
    next = next < lookedThrough.to ? next + 1 : lookedThrough.from;
    if (await isFree(next)) found.push(next);
  }
  if (found.length < count) throw new Error(`There are no ${count} free ports on this machine.`);
  return found;
}
