import { Documented } from '@kubernest/http';
import type {
  AuthenticatedSession,
  Credentials,
  CurrentSessionView,
  Page,
  SessionPage,
  SignedIn,
} from '@kubernest/sessions';
import {
  credentialsSchema,
  pageSchema,
  SessionsService,
  SignInService,
  toCurrentSessionView,
} from '@kubernest/sessions';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentSessionAnswer, sessionPageAnswer, signedInAnswer } from './answers';
import { CurrentSession, SessionGuard } from './session.guard';

@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly signIns: SignInService,
  ) {}

  @Post()
  @HttpCode(HttpStatus.CREATED)
  @Documented({
    summary: 'Sign in',
    responses: { 201: signedInAnswer },
    problems: [400, 401, 413, 415, 429, 503],
  })
  signIn(
    @Body({ schema: credentialsSchema }) credentials: Credentials,
    @Req() request: FastifyRequest,
  ): Promise<SignedIn> {
    return this.signIns.signIn(credentials, {
      address: request.ip,
      userAgent: request.headers['user-agent'],
    });
  }

  @Get('current')
  @UseGuards(SessionGuard)
  @Documented({
    summary: 'Who am I',
    responses: { 200: currentSessionAnswer },
    problems: [401, 503],
    signedIn: true,
  })
  current(@CurrentSession() session: AuthenticatedSession): CurrentSessionView {
    return toCurrentSessionView(session);
  }

  @Get()
  @UseGuards(SessionGuard)
  @Documented({
    summary: 'My sessions, newest first',
    responses: { 200: sessionPageAnswer },
    problems: [400, 401, 503],
    signedIn: true,
  })
  list(
    @CurrentSession() session: AuthenticatedSession,
    @Query({ schema: pageSchema }) page: Page,
  ): Promise<SessionPage> {
    return this.sessions.list(session, page);
  }

  @Delete('current')
  @UseGuards(SessionGuard)
  @HttpCode(HttpStatus.NO_CONTENT)
  @Documented({ summary: 'Sign out here', responses: { 204: null }, problems: [401, 503], signedIn: true })
  revokeCurrent(@CurrentSession() session: AuthenticatedSession): Promise<void> {
    return this.sessions.revokeCurrent(session);
  }

  @Delete(':id')
  @UseGuards(SessionGuard)
  @HttpCode(HttpStatus.NO_CONTENT)
  @Documented({
    summary: 'Sign out there',
    responses: { 204: null },
    problems: [401, 404, 503],
    signedIn: true,
  })
  revoke(@CurrentSession() session: AuthenticatedSession, @Param('id') id: string): Promise<void> {
    return this.sessions.revoke(session, id);
  }

  @Delete()
  @UseGuards(SessionGuard)
  @HttpCode(HttpStatus.NO_CONTENT)
  @Documented({
    summary: 'Sign out everywhere else',
    responses: { 204: null },
    problems: [401, 503],
    signedIn: true,
  })
  revokeOthers(@CurrentSession() session: AuthenticatedSession): Promise<void> {
    return this.sessions.revokeOthers(session);
  }
}
