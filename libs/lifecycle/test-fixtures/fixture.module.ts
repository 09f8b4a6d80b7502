import { DynamicModule, Logger, Module, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { CLOSE_STEPS, Lifecycle, LifecycleConfig, LifecycleModule } from '../src';
import { FixtureController } from './fixture.controller';
import type { Behaviour, Plan } from './plan';

const SLOW_MS = 20;
const logger = new Logger('Fixture');

@Module({})
export class FixtureModule {
  static forRoot(config: LifecycleConfig, plan: Plan): DynamicModule {
    return {
      module: FixtureModule,
      imports: [LifecycleModule.forRoot(config)],
      controllers: [FixtureController],
      providers: [
        {
          provide: 'registrations',
          useFactory: (lifecycle: Lifecycle) => register(lifecycle, plan),
          inject: [Lifecycle],
        },
        {
          provide: ThirdParty,
          useFactory: (lifecycle: Lifecycle) => new ThirdParty(plan, lifecycle),
          inject: [Lifecycle],
        },
      ],
    };
  }
}

/** A provider with Nest's own hooks, as libraries have them. */
class ThirdParty implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly plan: Plan,
    private readonly lifecycle: Lifecycle,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.plan.failInit === 'when closed') await this.closing();
    if (this.plan.failInit) throw new Error('the fixture cannot start');
    if (this.plan.hangIn === 'init') await hang('init');
  }

  private closing(): Promise<void> {
    logger.log({ msg: 'fixture: waits in init' });
    keepAlive();
    return new Promise((resolve) => this.lifecycle.onClose('workers', 'the wait in init', () => resolve()));
  }

  async onModuleDestroy(): Promise<void> {
    if (this.plan.onModuleDestroy === 'hang') await hang('onModuleDestroy');
  }
}

async function register(lifecycle: Lifecycle, plan: Plan): Promise<true> {
  for (const step of CLOSE_STEPS) {
    const does = plan.close?.[step] ?? 'slow';
    lifecycle.onClose(step, `the ${step}`, () => perform(does, `${step} closed`));
  }
  lifecycle.onDrain('the drain hook', () => perform(plan.drain ?? 'ok', 'drain hook done'));
  lifecycle.reportOpenWork(() => plan.openWork ?? []);
  for (const { name, dependency, does } of plan.checks ?? [])
    lifecycle.addCheck({ name, ...(dependency && { dependency }), run: () => check(name, does) });
  if (plan.hangIn === 'create') await hang('create');
  return true;
}

/** Throws at once for `throw`: not an async function. */
function perform(does: Behaviour, done: string): Promise<void> {
  const failure = new Error(`the fixture cannot get to: ${done}`);
  if (does === 'throw') throw failure;
  if (does === 'reject') return Promise.reject(failure);
  if (does === 'hang') return hang(`instead of: ${done}`);
  return new Promise((resolve) =>
    setTimeout(
      () => {
        logger.log({ msg: `fixture: ${done}` });
        resolve();
      },
      does === 'slow' ? SLOW_MS : 0,
    ),
  );
}

function check(name: string, does: Behaviour | 'leak'): Promise<void> {
  logger.log({ msg: `fixture: check ${name}` });
  if (does === 'leak') throw new Error('connect ECONNREFUSED postgres://app:hunter2@db.internal:5432/app');
  return perform(does, `checked ${name}`);
}

function hang(where: string): Promise<never> {
  logger.log({ msg: `fixture: hangs in ${where}` });
  keepAlive();
  return new Promise(() => undefined);
}

/** An open handle, as a real socket is one: a process without any ends by itself. */
function keepAlive(): void {
  setInterval(() => undefined, 60_000);
}
