import { DatabaseModule, type DatabaseSchema } from '@kubernest/db';
import { HttpModule } from '@kubernest/http';
import { LifecycleModule } from '@kubernest/lifecycle';
import { RedisModule } from '@kubernest/redis';
import { SessionsModule, sessionsSchema } from '@kubernest/sessions';
import { TelemetryModule } from '@kubernest/telemetry';
import { DynamicModule, Module, type Type } from '@nestjs/common';
import { AccountsController } from './sessions/accounts.controller';
import { SessionGuard } from './sessions/session.guard';
import { SessionsController } from './sessions/sessions.controller';
import type { ApiConfig } from './variables';

const schema: DatabaseSchema[] = [sessionsSchema];
const controllers: Type[] = [AccountsController, SessionsController];

@Module({})
export class AppModule {
  static forRoot(config: ApiConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LifecycleModule.forRoot(config),
        TelemetryModule.forRoot(config),
        HttpModule,
        DatabaseModule.forRoot({ config, schema, applicationName: 'api' }),
        RedisModule.forRoot({ config, name: 'api' }),
        SessionsModule.forRoot({ config }),
      ],
      controllers,
      providers: [SessionGuard],
    };
  }
}
