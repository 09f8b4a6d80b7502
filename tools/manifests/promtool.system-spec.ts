import { scratchFolder } from '@kubernest/testing';
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { RuleFile, ruleFilesIn, rulesOf } from './alert-rules';
import { renderCombination } from './combinations';
import { findRenderer } from './kustomize';
import { deployFolder } from './overlays';
import { writeRuleFiles } from './prometheus-server.fixture';

const testsFolder = join(deployFolder, 'components/prometheus-rules/tests');
const names = readdirSync(testsFolder);
const LIMIT_MS = 120_000;

let folder: string;
let files: RuleFile[];
let paths: string[];

beforeAll(async () => {
  folder = scratchFolder();
  const options = { renderer: await findRenderer(), scratch: scratchFolder() };
  files = ruleFilesIn((await renderCombination(['prometheus', 'prometheus-rules'], options)).objects);
  paths = writeRuleFiles(folder, files);
  cpSync(testsFolder, join(folder, 'tests'), { recursive: true });
});

/** What promtool says when it is content: its exit code is 0. */
function promtool(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('promtool', args, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout}\n${stderr}`));
      else resolve(`${stdout}${stderr}`);
    });
  });
}

test('promtool takes every rule', async () => {
  const said = await promtool('check', 'rules', ...paths);
  const found = [...said.matchAll(/SUCCESS: (\d+) rules found/g)].map(([, count]) => Number(count));
  expect(found.reduce((sum, count) => sum + count, 0)).toBe(rulesOf(files).length);
});

test.each(names)(
  'alerts fire when they should, and only then: %s',
  async (name) => {
    const said = await promtool('test', 'rules', join(folder, 'tests', name));
    expect(said).toContain('SUCCESS');
  },
  LIMIT_MS,
);

test('every alert has a test in which it fires, one of the rules of its own file', () => {
  const fired = names.flatMap((name) => {
    const { rule_files, tests } = parse(readFileSync(join(testsFolder, name), 'utf8')) as {
      rule_files: string[];
      tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    return tests
      .flatMap(({ alert_rule_test: alerts = [] }) => alerts)
      .filter(({ exp_alerts }) => exp_alerts.length > 0)
      .map(({ alertname }) => `${rule_files.join(' ')}: ${alertname}`);
  });
  const alerts = files.flatMap((file) =>
    rulesOf([file]).flatMap(({ alert }) => (alert ? [`../${file.name}.yaml: ${alert}`] : [])),
  );
  expect([...new Set(fired)].sort()).toEqual([...new Set(alerts)].sort());
});
