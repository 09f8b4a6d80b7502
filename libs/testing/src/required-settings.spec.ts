import { requiredSettings, requiredVariables } from './required-settings';

const DOCUMENTED = `# Generated.
# Another line.

# == PostgreSQL

# Where the database is.
# Must be a URL that begins with postgres://. Required.
#DATABASE_URL=postgres://app:change-me@127.0.0.1:5432/app

# How many connections.
# Must be an integer from 1 to 1000. Default: 4.
#DATABASE_POOL_MAX=4

# Signs the links to files, and is described in more words than one line has room for, so that the last of
# them stand in another one.
# Must be text of 32 to 1024 characters.
# Required.
#LINK_KEY=change-me-for-32-bytes

# Where the files are.
# Must be text of 1 to 4096 characters. Required.
STORE_REGION=eu-central-1

# Must be text of 32 to 1024 characters, or not set. May be left out.
#LINK_KEY_PREVIOUS=
`;

it('finds what an app does not start without, but for the addresses of its stores', () => {
  expect(requiredVariables(DOCUMENTED).map(({ name }) => name)).toEqual(['LINK_KEY', 'STORE_REGION']);
});

it('gives examples as values, and a random one for each secret', () => {
  const [first, second] = [requiredSettings(DOCUMENTED), requiredSettings(DOCUMENTED)];
  expect(first).toEqual({ LINK_KEY: expect.stringMatching(/^[0-9a-f]{64}$/), STORE_REGION: 'eu-central-1' });
  expect(first['LINK_KEY']).not.toBe(second['LINK_KEY']);
});

it('reads the file that npm run generate writes', () => {
  expect(requiredVariables().map(({ name }) => name)).not.toContain('DATABASE_URL');
});
