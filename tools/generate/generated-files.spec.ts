import { loadConfig, type Variable } from '@kubernest/config';
import { parseEnv } from 'node:util';
import { generatedFiles, staleFiles } from './generated-files';
import { exampleSecrets, processes } from './processes';

const files = generatedFiles();
const example = files['.env.example'] ?? '';
const page = files['docs/configuration.md'] ?? '';
const all = Object.assign({}, ...Object.values(processes)) as Record<string, Variable>;

test('.env.example, docs/configuration.md and the dashboards are what the code makes of them', () => {
  // When this fails: npm run generate
  expect(staleFiles(files)).toEqual([]);
});

describe('.env.example', () => {
  const commented = parseEnv(example.replaceAll(/^#(?=[A-Z_]+=)/gm, ''));
  const load = (name: string, env: Record<string, string | undefined>) => {
    const variables = { NODE_ENV: all['NODE_ENV'], [name]: all[name] } as Record<string, Variable>;
    return () => loadConfig({ variables, rules: [] }, env);
  };

  test('holds nothing but comments, empty lines and settings', () => {
    for (const line of example.split('\n')) expect(line).toMatch(/^(#.*|[A-Z][A-Z0-9_]*=.*|)$/);
  });

  test('names every variable once', () => {
    const names = [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual(Object.keys(all).sort());
  });

  test('as it is sets development, and no secret', () => {
    expect(parseEnv(example)).toEqual({ NODE_ENV: 'development' });
  });

  test.each(Object.keys(all))('shows a value of %s that development takes', (name) => {
    expect(load(name, { NODE_ENV: 'development', [name]: commented[name] })).not.toThrow();
  });

  const secrets = Object.keys(all).filter((name) => all[name]?.secret && commented[name] !== '');
  test.each(secrets)('shows a %s that production refuses', (name) => {
    expect(load(name, { NODE_ENV: 'production', [name]: commented[name] })).toThrow(
      `${name} is a placeholder`,
    );
  });

  test('shows the secrets that there are', () => {
    expect(secrets.toSorted()).toEqual(Object.keys(exampleSecrets).sort());
    expect(secrets).toEqual(expect.arrayContaining(['DATABASE_URL', 'QUEUE_PAGE_PASSWORD', 'REDIS_URL']));
  });
});

describe('docs/configuration.md', () => {
  test.each(Object.keys(all))('tells of %s once: meaning, bounds, default, processes', (name) => {
    const [, entry = '', ...more] = page.split(`### \`${name}\`\n`);
    expect(more).toEqual([]);
    const [about, facts] = entry.trim().split('\n\n');
    expect(about).toBe(all[name]?.about);
    expect(facts).toContain(`Must be ${all[name]?.schema.description ?? 'missing'}.`);
    expect(facts).toMatch(/Default: `|Required\.|May be left out\./);
    const users = Object.keys(processes).filter((process) => processes[process]?.[name]);
    expect(facts).toContain(`Used by ${users.join(', ')}.`);
    expect(facts?.includes('**Secret')).toBe(all[name]?.secret ?? false);
  });

  test('shows a default that differs per process', () => {
    expect(page).toMatch(/Default: `3000` \(api\b[^)]*\), `3001` \(worker\b[^)]*\)\./);
  });
});
