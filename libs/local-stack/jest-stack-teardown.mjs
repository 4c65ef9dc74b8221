import { once } from 'node:events';

/** Stops the stack that jest-stack-setup.mjs started, and waits until nothing of it runs. */
export default async function stopStack() {
  const stack = globalThis.orderlogTestStack;
  if (!stack || stack.exitCode !== null) return;
  const stopped = once(stack, 'exit');
  stack.stdin.end();
  await stopped;
}
