import { askOrderService } from '../ask-order-service.js';

export const dossierFormats = ['json', 'html', 'pdf'] as const;
export type DossierFormat = (typeof dossierFormats)[number];

/** @throws CommandFailed where order-service does not answer, or has no such order */
export const fetchDossier = (
  ordersUrl: string,
  orderId: string,
  { format, customer, signal }: { format: DossierFormat; customer: boolean; signal: AbortSignal },
): Promise<Buffer> =>
  askOrderService(
    `${ordersUrl}/orders/${encodeURIComponent(orderId)}/dossier?format=${format}${customer ? '&customer=include' : ''}`,
    `order ${orderId}`,
    { signal },
  );
