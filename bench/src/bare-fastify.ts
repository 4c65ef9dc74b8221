/** A Fastify that reads JSON and answers nothing: the baseline of bench/src/orders.ts. */
import { fastify } from 'fastify';

const server = fastify();
server.get('/health/ready', () => ({ status: 'ready' }));
server.post('/orders', (_request, reply) => reply.code(204).header('content-length', '0').send());
await server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
process.on('SIGTERM', () => void server.close());
