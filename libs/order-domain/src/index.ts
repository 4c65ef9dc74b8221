/** # order-domain: the rules of an order */
export * from './order-event.js';
export * from './order-command.js';
export * from './order.js';
