import { relative } from 'node:path';
import { bundle } from './bundle';
import { describeFailure } from './failure';
import { workspace } from './workspace';

const USAGE = `Usage: nx build <app>

Bundles apps/<app>/ into dist/apps/<app>/, which node dist/apps/<app>/main.js runs without node_modules.`;

async function main(apps: string[]): Promise<void> {
  if (apps.length === 0 || apps.some((app) => app.startsWith('-'))) {
    console.log(USAGE);
    process.exitCode = apps.includes('--help') ? 0 : 1;
    return;
  }
  for (const app of apps) {
    const began = performance.now();
    const { folder, bytes } = await bundle(app);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${relative(workspace, folder)}: ${(bytes / 1e6).toFixed(1)} MB, built in ${seconds} s`);
  }
}

main(process.argv.slice(2)).catch(async (error: unknown) => {
  console.error(await describeFailure(error));
  process.exitCode = 1;
});
