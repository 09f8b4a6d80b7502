import 'reflect-metadata';
import { composeVariables, loadConfigOrExit } from '@kubernest/config';
import { httpVariables, lifecycleVariables, runService } from '../src';
import { FixtureModule } from './fixture.module';
import { JsonLines } from './json-lines';
import type { Plan } from './plan';

async function main(): Promise<void> {
  const variables = composeVariables(httpVariables({ port: 0 }), lifecycleVariables);
  const config = loadConfigOrExit(variables, process.env);
  const plan = JSON.parse(process.env['FIXTURE'] ?? '{}') as Plan;
  await runService({
    module: FixtureModule.forRoot(config, plan),
    config,
    logger: new JsonLines(),
    configure: async (app) => {
      if (plan.hangIn === 'configure') await hang('configure');
      if (plan.hangIn === 'listen')
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onReady', () => hang('listen'));
    },
  });
}

function hang(where: string): Promise<never> {
  process.stdout.write(`${JSON.stringify({ msg: `fixture: hangs in ${where}` })}\n`);
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
}

void main();
