import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { Relay } from '../relay.js';

const relayStatus = z
  .strictObject({
    relay: z.string().describe('the name of this process among the relays'),
    backlogRows: z
      .number()
      .int()
      .nullable()
      .describe('rows that wait for the partitions below; null: Postgres is away'),
    oldestAgeMs: z.number().int().nullable().describe('of the oldest of them; 0 where none waits'),
    sentRows: z.number().int().describe('since this process began'),
    partitions: z.array(
      z.strictObject({
        partition: z.number().int(),
        token: z.number().int().describe('one more with every taking of the partition'),
        leaseRemainingMs: z.number().int(),
        state: z.enum(['sending', 'retrying', 'blocked']),
        why: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'RelayStatus' });

@Controller('relay')
export class RelayController {
  constructor(private readonly relay: Relay) {}

  @Get()
  @ApiOperation({ summary: 'Which partitions this relay holds, and what waits for them' })
  @ApiResponse({ status: 200, standardSchema: relayStatus, description: 'this relay, now' })
  async status(): Promise<z.output<typeof relayStatus>> {
    const backlog = await this.relay.backlog().catch(() => null);
    return {
      relay: this.relay.name,
      backlogRows: backlog && backlog.reduce((sum, { rows }) => sum + rows, 0),
      oldestAgeMs: backlog && backlog.reduce((oldest, { oldestAgeMs }) => Math.max(oldest, oldestAgeMs), 0),
      sentRows: [...this.relay.counts.sent.values()].reduce((sum, rows) => sum + rows, 0),
      partitions: this.relay.status(),
    };
  }
}
