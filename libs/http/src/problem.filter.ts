import { PlatformError } from '@kubernest/errors';
import { ArgumentsHost, Catch, ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem, problemFields, problemHeaders } from './problem';

/** Every error becomes one shape, application/problem+json; what nobody expected is logged with its causes. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('ProblemFilter');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const fields = problemFields(error);
    this.log(error, fields.status, fields.code);
    if (reply.sent) return;
    void reply
      .status(fields.status)
      .headers(problemHeaders(error, fields.status))
      .type('application/problem+json')
      .send(problem(fields, request.id));
  }

  private log(error: unknown, status: number, code: string): void {
    const level = error instanceof PlatformError ? error.logLevel : status >= 500 ? 'error' : 'debug';
    const ours = error instanceof PlatformError || status >= 500;
    // What Nest, Fastify and JSON.parse say of a request repeats its path or body, and so whatever secret is in there.
    this.logger[level]({
      msg: `${status >= 500 ? 'failed' : 'refused'}: ${status} ${code}`,
      ...(ours && { err: error }),
    });
  }
}
