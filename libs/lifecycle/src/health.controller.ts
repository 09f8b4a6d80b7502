import { Controller, Get, HttpCode, HttpStatus, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Lifecycle } from './lifecycle';
import { Readiness, ReadinessAnswer } from './readiness';

/** The probes. Their paths are a contract with the manifests; none needs a token. */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  /** Answers as long as the event loop turns: no I/O, no dependency, and still 200 while draining. */
  @Get('live')
  @HttpCode(HttpStatus.OK)
  live(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessAnswer> {
    const answer = await this.readiness.answer();
    void reply.status(answer.status === 'ready' ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return answer;
  }

  @Get('startup')
  startup(@Res({ passthrough: true }) reply: FastifyReply): { status: 'started' | 'starting' } {
    const started = this.lifecycle.state !== 'starting';
    void reply.status(started ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return { status: started ? 'started' : 'starting' };
  }
}
