import { Logger, LoggerService } from '@nestjs/common';

/** What TypeORM makes of an error of the driver: everything is in it. */
class QueryFailedError extends Error {
  readonly query = 'INSERT INTO account VALUES ($1, $2)';
  readonly parameters = ['jane@example.com', 'hash-of-hunter2'];
  readonly driverError = Object.assign(new Error('duplicate key'), {
    detail: 'Key (email)=(jane@example.com)',
  });
  readonly code = '23505';
}

/** Writes one line of each kind, each with a message by which a test finds it. */
export function logEverything(service: LoggerService): void {
  Logger.overrideLogger(service);
  const logger = new Logger('Place');
  logger.log({ msg: 'fields', deleted: 5, nested: { list: [1, { two: 2 }] } });
  logger.log('a text');
  logger.warn({ msg: 'a warning' });
  logger.debug({ msg: 'a detail' });
  new Logger('InstanceLoader').log('chatter of Nest');
  logger.log('a text', 'and more');
  logSecrets(logger);
  logErrors(logger);
}

function logSecrets(logger: Logger): void {
  logger.log({
    msg: 'secrets',
    password: 'hunter2',
    user: { passwordHash: 'hunter2', tokens: 3 },
    request: { headers: { Authorization: 'Bearer hunter2', 'set-cookie': ['id=hunter2'] } },
    list: [{ accessToken: 'hunter2' }],
    config: { JWT_SECRET: 'hunter2', DATABASE_URL: 'postgres://app:hunter2@db:5432/app' },
  });
  logger.log({
    msg: 'odd',
    headers: JSON.parse('{"__proto__":{"token":"hunter2","x":1}}') as object,
    count: 5n,
  });
  const loop: Record<string, unknown> = { msg: 'a loop' };
  loop['self'] = loop;
  logger.log(loop);
}

function logErrors(logger: Logger): void {
  const cause = new QueryFailedError('duplicate key value');
  logger.error({ msg: 'a chain', err: new Error('outer', { cause: new Error('middle', { cause }) }) });
  logger.error({ msg: 'under another name', failure: { reason: cause } });
  logger.error(new Error('an error alone'));
  const inParts = new Error('in parts');
  logger.error('in parts', inParts.stack);
  Logger.error('in parts', inParts.stack, 'Elsewhere');
  Logger.error(inParts, inParts.stack);
  logger.error({
    msg: 'several',
    err: new AggregateError([new Error('ECONNREFUSED ::1'), cause], 'all failed'),
  });
  logger.error({ msg: 'a thrown object', err: new Error('outer', { cause: { password: 'hunter2' } }) });
  logger.error({ msg: 'nothing but an object', err: { password: 'hunter2' } });
  logger.error({ msg: 'a thrown text', err: 'no redis://:hunter2@cache:6379' });
  logger.error({ msg: 'an address', err: new Error('cannot reach redis://:hunter2@cache:6379') });
  const looped: Error & { cause?: unknown } = new Error('looped');
  looped.cause = looped;
  logger.error({ msg: 'a looped error', err: looped });
}
