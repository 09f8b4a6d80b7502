import { BadRequestException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isUtf8 } from 'node:buffer';
import { refuseRequest, refuseTunnel } from './refusals';

/** What Node's HTTP server lets through, answers without a body, or drops without an answer. */
export function beStrict(fastify: FastifyInstance): void {
  const { server } = fastify;
  // RFC 9110, 10.1.1: an expectation that we do not know may be ignored. Node's own 417 has no body.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  );
  server.on('connect', (_request: IncomingMessage, socket: Socket) => refuseTunnel(socket));
  // Not in onRequest: so the hooks that log and count the request have run.
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (!refuseRequest(request, reply)) done();
  });
  takeUtf8Json(fastify);
}

/**
 * Also takes no body at all: many clients name a type on every request, a DELETE for example. A byte that is not UTF-8
 * is refused and not replaced, or two passwords that differ in such bytes would be one.
 */
function takeUtf8Json(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done): void => {
      if (body.length === 0) done(null, undefined);
      else if (isEncoded(request)) done(new UnsupportedMediaTypeException('the body has a content coding'));
      else if (!isUtf8(body)) done(new BadRequestException('the body is not UTF-8'));
      else void parse(request, body.toString(), done);
    },
  );
}

function isEncoded({ headers }: FastifyRequest): boolean {
  return (headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity';
}
