import { CommandFailed, messageOf } from '../terminal/command-failed.js';

export const dossierFormats = ['json', 'html', 'pdf'] as const;
export type DossierFormat = (typeof dossierFormats)[number];

/** @throws CommandFailed where order-service does not answer, or has no such order */
export async function fetchDossier(
  ordersUrl: string,
  orderId: string,
  asked: { format: DossierFormat; customer: boolean; signal: AbortSignal },
): Promise<Buffer> {
  const path = `/orders/${encodeURIComponent(orderId)}/dossier?format=${asked.format}${asked.customer ? '&customer=include' : ''}`;
  let response: Response;
  let bytes: Buffer;
  try {
    response = await fetch(ordersUrl + path, { signal: AbortSignal.any([asked.signal, AbortSignal.timeout(60_000)]) });
    bytes = Buffer.from(await response.arrayBuffer());
  } catch (cause) {
    asked.signal.throwIfAborted();
    throw new CommandFailed(
      `order-service does not answer at ${ordersUrl} (${messageOf(cause)})`,
      'Start the platform (npm start), or set ORDERS_URL to where it runs.',
    );
  }
  if (response.ok) return bytes;
  let problem: { title?: string; detail?: string } = {};
  try {
    problem = JSON.parse(bytes.toString('utf8')) as typeof problem;
  } catch {
    // Not ours, whoever answered: its status has to do.
  }
  throw new CommandFailed(
    `order-service answered ${response.status} for order ${orderId}: ${problem.title ?? 'it said no more'}`,
    problem.detail ?? 'Is ORDERS_URL right, and is it of this version?',
  );
}
