import { HttpConfig, Lifecycle, LifecycleConfig, LifecycleModule } from '@kubernest/lifecycle';
import { Body, Controller, DynamicModule, Get, Logger, Module, Param, Post, Provider } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { currentRequest, RequestMetrics, TelemetryConfig, TelemetryModule } from '../src';
import { logAtTheTurnsEnd } from '../src/log-output';
import { crash } from './end';

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
    const context = currentRequest();
    if (context) context.accountId = `account of ${body.name}`;
    await wait(1);
    this.logger.log({ msg: 'added' });
    return { context };
  }

  @Get('slow')
  async slow(): Promise<string> {
    await wait(400);
    this.logger.log({ msg: 'slow work done' });
    return 'slow';
  }

  @Post('slow')
  async slowAdd(): Promise<string> {
    return this.slow();
  }

  @Get('crash')
  crash(): void {
    logAtTheTurnsEnd(() => this.logger.log({ msg: 'waiting' }));
    crash();
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
