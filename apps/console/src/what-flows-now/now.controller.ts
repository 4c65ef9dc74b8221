import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { sendPage } from '../page/page.js';
import { nowPage } from './now.page.js';
import { Pulse } from './pulse.js';

@ApiExcludeController()
@Controller()
export class NowController {
  constructor(private readonly pulse: Pulse) {}

  @Get()
  async show(@Res() reply: FastifyReply): Promise<void> {
    sendPage(reply, { at: 'now', title: 'What flows now', body: nowPage(await this.pulse.look()), refreshMs: 1_000 });
  }
}
