import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { Lifecycle } from '../src';

@Controller()
export class FixtureController {
  constructor(@Inject(Lifecycle) private readonly lifecycle: Lifecycle) {}

  @Get('open')
  open(): string[] {
    return this.lifecycle.listOpenWork();
  }

  @Get('slow')
  async slow(@Query('ms') ms: string): Promise<{ slept: number }> {
    await wait(Number(ms));
    return { slept: Number(ms) };
  }

  /** Sends its header at once and its body after `ms`. */
  @Get('stream')
  async stream(@Query('ms') ms: string, @Res() reply: FastifyReply): Promise<void> {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/plain' });
    reply.raw.write('begun ');
    await wait(Number(ms));
    reply.raw.end('done');
  }

  @Get('hang')
  hang(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('id')
  id(@Req() request: FastifyRequest): { id: string; ip: string } {
    return { id: request.id, ip: request.ip };
  }

  @Get('items/:id')
  item(@Req() request: FastifyRequest): { params: unknown } {
    return { params: request.params };
  }

  @Post('echo')
  echo(@Body() body: unknown): { body: unknown } {
    return { body };
  }

  @Delete('thing')
  @HttpCode(204)
  remove(): void {
    // Nothing to remove: the answer is what counts.
  }

  @Post('throw')
  throwLater(): string {
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
    return 'soon';
  }

  @Post('reject')
  rejectLater(): string {
    void Promise.reject(new Error('rejected on purpose'));
    return 'soon';
  }
}
