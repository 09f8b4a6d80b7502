import { HttpConfig, Lifecycle, LifecycleConfig, LifecycleModule } from '@kubernest/lifecycle';
import { Body, Controller, DynamicModule, Get, Logger, Module, Param, Post, Provider } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { currentRequest, RequestMetrics, TelemetryConfig, TelemetryModule, tracing } from '../src';
import { logAtTheTurnsEnd } from '../src/log-output';
import { crash } from './end';

/** As a guard does. */
function signIn(name: string): void {
  const context = currentRequest();
  if (context) context.accountId = `account of ${name}`;
}

@Controller()
class FixtureController {
  private readonly logger = new Logger('Fixture');

  @Get('items/:id')
  async item(@Param('id') id: string): Promise<{ id: string }> {
    this.logger.log({ msg: 'at work' });
    await wait(1);
    this.logger.log({ msg: 'still at work' });
    return { id };
  }

  @Post('items')
  async add(@Body() body: { name: string }): Promise<{ context: unknown }> {
    signIn(body.name);
    await wait(1);
    this.logger.log({ msg: 'added' });
    return { context: currentRequest() };
  }

  @Get('slow')
  async slow(): Promise<string> {
    this.logger.log({ msg: 'slow work begins' });
    await wait(400);
    this.logger.log({ msg: 'slow work done' });
    return 'slow';
  }

  @Post('slow')
  async slowAdd(@Body() { name }: { name?: string }): Promise<string> {
    if (name !== undefined) signIn(name);
    return this.slow();
  }

  @Get('crash')
  crash(): void {
    logAtTheTurnsEnd(() => this.logger.log({ msg: 'waiting' }));
    crash();
  }

  /** Two calls side by side, one of which fails, and work of its own. */
  @Get('calls')
  async calls(): Promise<{ carrier: unknown }> {
    this.logger.log({ msg: 'calling' });
    const ends = ['SELECT', 'GET'].map((name) => tracing.beginCall('fixture', name));
    await wait(50);
    ends[0]?.();
    ends[1]?.(Object.assign(new Error('hunter2'), { code: 'ECONNRESET' }));
    const carrier = () => Promise.resolve(tracing.carrier());
    return { carrier: await tracing.run({ name: 'work', kind: 'internal' }, carrier) };
  }

  @Get('failing')
  failing(): never {
    throw new Error('failed on purpose');
  }
}

/** One that passes, and one that only degrades readiness. */
const checks: Provider = {
  provide: 'CHECKS',
  useFactory: (lifecycle: Lifecycle) => {
    lifecycle.addCheck({ name: 'lake', run: () => Promise.resolve() });
    lifecycle.addCheck({ name: 'redis', dependency: 'redis', run: () => Promise.reject(new Error('away')) });
  },
  inject: [Lifecycle],
};

@Module({})
export class FixtureModule {
  static forRoot(config: LifecycleConfig & HttpConfig & TelemetryConfig): DynamicModule {
    return {
      module: FixtureModule,
      imports: [LifecycleModule.forRoot(config), TelemetryModule.forRoot(config)],
      controllers: [FixtureController],
      providers: [RequestMetrics, checks],
    };
  }
}
