import { UnauthenticatedError } from '@kubernest/errors';
import { AuthenticatedSession, SessionAuthentication } from '@kubernest/sessions';
import { currentRequest } from '@kubernest/telemetry';
import { CanActivate, createParamDecorator, ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** RFC 6750, 2.1. */
const BEARER = /^Bearer +([\w.~+/=-]+) *$/i;

interface SignedInRequest extends FastifyRequest {
  authenticatedSession?: AuthenticatedSession;
}

/** Lets a request through that carries the token of a live session, and keeps that session with the request. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly authentication: SessionAuthentication) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined)
      throw new UnauthenticatedError(
        'unauthenticated',
        'Sign in, and send the token as Authorization: Bearer',
      );
    const session = await this.authentication.authenticate(token);
    request.authenticatedSession = session;
    const logged = currentRequest();
    if (logged) logged.accountId = session.accountId;
    return true;
  }
}

/** The session that the request was made with. */
export const CurrentSession = createParamDecorator(
  (_: undefined, context: ExecutionContext): AuthenticatedSession => {
    const { authenticatedSession } = context.switchToHttp().getRequest<SignedInRequest>();
    if (!authenticatedSession)
      throw new Error('@CurrentSession() needs @UseGuards(SessionGuard) on the route');
    return authenticatedSession;
  },
);
