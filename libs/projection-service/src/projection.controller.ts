import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parkedOrders, ProjectionRuntime, projectionStatus, releasedOrder } from '@orderlog/projection';
import { ApiProblems, Problem } from '@orderlog/service-kit';
import { z } from 'zod';

/** A parked order may have an ID that no order could have: it was read from a message that is broken. */
const parkedId = z
  .string()
  .min(1)
  .max(1_024)
  .refine((text) => !text.includes('\u0000'))
  .describe('an ID from GET /projection/parked');

@ApiTags('operations')
@Controller('projection')
export class ProjectionController {
  constructor(private readonly projection: ProjectionRuntime<unknown>) {}

  @Get()
  @ApiOperation({ summary: 'How far the projection is, and what it is about' })
  @ApiResponse({ status: 200, standardSchema: projectionStatus, description: 'Its state now.' })
  status(): Promise<z.output<typeof projectionStatus>> {
    return this.projection.status();
  }

  @Post('stop')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Leave the group',
    description:
      'Answers once the group is empty: its offsets can then be reset with any tool. Questions are answered on.',
  })
  @ApiResponse({ status: 200, standardSchema: projectionStatus, description: 'Stopped, until it is told to start.' })
  stop(): Promise<z.output<typeof projectionStatus>> {
    return this.projection.stop();
  }

  @Post('start')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Join the group again',
    description:
      'Reads on from where the group stands in Kafka. What was read before is replaced, so no number is counted twice.',
  })
  @ApiResponse({ status: 200, standardSchema: projectionStatus, description: 'Its state, once it has joined.' })
  start(): Promise<z.output<typeof projectionStatus>> {
    return this.projection.start();
  }

  @Get('parked')
  @ApiOperation({ summary: 'Orders that wait behind a message that cannot be read or written' })
  @ApiResponse({ status: 200, standardSchema: parkedOrders, description: 'The oldest 1,000.' })
  async parked(): Promise<z.output<typeof parkedOrders>> {
    const parked = await this.projection.parked();
    return { orders: parked.map(({ stream, ...rest }) => ({ orderId: stream, ...rest })) };
  }

  @Post('parked/:orderId/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a parked order through', description: 'Its messages are read again, in order.' })
  @ApiResponse({ status: 200, standardSchema: releasedOrder, description: 'All of them were written.' })
  @ApiProblems([404, 409], { 404: 'No such order is parked.', 409: 'It still cannot be read or written.' })
  async retry(@Param('orderId', { schema: parkedId }) orderId: string): Promise<z.output<typeof releasedOrder>> {
    const retried = await this.projection.retry(orderId);
    switch (retried.outcome) {
      case 'released':
        return { orderId, released: retried.messages };
      case 'not-parked':
        throw new Problem({ code: 'order-not-parked', status: 404, title: 'No such order is parked.' });
      case 'still-poison':
        throw new Problem({
          code: 'order-still-poison',
          status: 409,
          title: 'The order still cannot be let through.',
          detail: `The message at offset ${retried.offset}: ${retried.error}`,
          members: { offset: retried.offset, released: retried.messages },
        });
    }
  }
}
