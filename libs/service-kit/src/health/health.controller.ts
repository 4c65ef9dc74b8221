import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Health } from './health.js';

const live = z.strictObject({ status: z.literal('live'), uptimeSeconds: z.number() }).meta({ id: 'Live' });
const readiness = z
  .strictObject({
    status: z.enum(['ready', 'not-ready']),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        ok: z.boolean(),
        tookMs: z.int(),
        reason: z.string().optional().describe('why not, where it is not ok'),
        detail: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
  })
  .meta({ id: 'Readiness' });

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers at all' })
  @ApiResponse({ status: 200, standardSchema: live, description: 'It does.' })
  live(): z.output<typeof live> {
    return { status: 'live', uptimeSeconds: Math.round(process.uptime() * 10) / 10 };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether it can do its work, check by check' })
  @ApiResponse({ status: 200, standardSchema: readiness, description: 'Every check passed.' })
  @ApiResponse({ status: 503, standardSchema: readiness, description: 'A check failed, with its reason.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.output<typeof readiness>> {
    const found = await this.health.readiness();
    if (found.status !== 'ready') void reply.code(503).header('retry-after', '1');
    void reply.header('cache-control', 'no-store');
    return found;
  }
}
