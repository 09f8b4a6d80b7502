import { Builds } from './builds';
import { interruption, type Interruption } from './interruption';
import { MIGRATE } from './apps';
import { LocalRun } from './local-run';
import { parseOptions, usage, type StartOptions } from './options';
import { assertPortsFree } from './ports';
import { deleteData, openServers } from './servers';
import { portsOf, readSettings, type Variables } from './settings';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  const interrupted = interruption();
  try {
    await start(options, interrupted);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    // Ctrl-C also reaches what prepares the servers, such as initdb: that it failed is no news then.
    process.exit();
  }
}

async function start({ apps, fresh }: StartOptions, interrupted: Interruption): Promise<void> {
  const settings = readSettings();
  await assertPortsFree(apps.flatMap((app) => wantedPorts(app, settings)));
  if (fresh) await deleteData();
  console.log(`Building ${apps.join(', ')}`);
  const builds = new Builds();
  const building = builds.build([MIGRATE, ...apps]);
  const servers = await openServers(settings, (text) => console.log(text));
  if (servers.joined)
    interrupted.whenEnded(servers.joined, `Process ${servers.joined} has stopped Postgres and Redis.`);
  const run = new LocalRun(apps, servers, settings, builds);
  if (!interrupted.signal.aborted) run.begin(building);
  const reason = await interrupted.reason;
  // A terminal shows ^C at the beginning of the line.
  console.log(`${process.stdout.isTTY ? '\n' : ''}${reason} Stopping.`);
  await run.stop();
  await servers.stop();
  // A build that is under way would keep us.
  process.exit();
}

function wantedPorts(app: string, settings: Variables) {
  const { port, metricsPort, queuePagePort } = portsOf(app, settings);
  return [
    { port, purpose: `the ${app}`, variable: 'PORT' },
    { port: metricsPort, purpose: `the metrics of the ${app}`, variable: 'METRICS_PORT' },
    ...(queuePagePort
      ? [{ port: queuePagePort, purpose: 'the queue page', variable: 'QUEUE_PAGE_PORT' }]
      : []),
  ];
}

main().catch((error: unknown) => {
  const expected = error instanceof Error && ['Error', 'Fault', 'ServerStartError'].includes(error.name);
  console.error(expected ? error.message : error);
  process.exit(1);
});
