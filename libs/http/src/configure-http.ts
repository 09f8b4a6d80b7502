import { Fault, InvalidInputError } from '@kubernest/errors';
import { OpenRequests } from '@kubernest/lifecycle';
import { observeRequests, RequestMetrics } from '@kubernest/telemetry';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveDocumentation } from './documentation';
import { ProblemFilter } from './problem.filter';
import type { DocumentationConfig } from './variables';

export interface HttpOptions {
  config: DocumentationConfig;
  /** Of the OpenAPI document and its page. */
  title: string;
  /** The artefact's, where the build puts what assets.json asks for. */
  folder: string;
}

/** What holds for every route: the log line, the shape of errors, the check of input, header fields. Needs HttpModule. */
export function configureHttp(app: NestFastifyApplication, options: HttpOptions): void {
  const server = app.getHttpAdapter().getInstance();
  observeRequests(server, app.get(RequestMetrics), app.get(OpenRequests));
  server.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    done();
  });
  // JSON is the only body there is.
  server.removeContentTypeParser('text/plain');
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: refuse }));
  if (options.config.DOCS_ENABLED) serveDocumentation(app, options);
}

/** The message about unknown fields repeats them, and they may be as long as the body. */
const DETAIL_MAX = 200;

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

function refuse(issues: readonly Issue[]): InvalidInputError {
  const faults: Fault[] = issues.map(({ message, path = [] }) => ({
    pointer: pointerTo(path),
    detail: message.length > DETAIL_MAX ? `${message.slice(0, DETAIL_MAX - 1)}…` : message,
  }));
  return new InvalidInputError('The input is not valid: see errors.', faults);
}

/** RFC 6901; the empty pointer is the whole input. */
function pointerTo(path: NonNullable<Issue['path']>): string {
  return path
    .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    .map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
