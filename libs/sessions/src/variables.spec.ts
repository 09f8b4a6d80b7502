import { composeVariables, ConfigError, Environment, loadConfig } from '@kubernest/config';
import { SECRET } from './testing/sessions-fixture';
import { sessionCleanupVariables, sessionVariables } from './variables';

const api = composeVariables(sessionVariables);
const worker = composeVariables(sessionCleanupVariables);

function faultsOf(env: Environment): readonly string[] {
  try {
    loadConfig(api, { NODE_ENV: 'test', JWT_SECRET: SECRET, ...env });
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

describe('the settings of sessions', () => {
  it('have defaults that hold together', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it('must extend before the idle lifetime is over', () => {
    const faults = faultsOf({ SESSION_IDLE_LIFETIME_SECONDS: '300', SESSION_EXTEND_INTERVAL_SECONDS: '300' });
    expect(faults).toEqual([expect.stringContaining('SESSION_EXTEND_INTERVAL_SECONDS must be less than')]);
  });

  it('must not have an idle lifetime beyond the absolute one', () => {
    expect(faultsOf({ SESSION_ABSOLUTE_LIFETIME_SECONDS: '604799' })).toEqual([
      expect.stringContaining('SESSION_IDLE_LIFETIME_SECONDS must not be more than'),
    ]);
  });

  it('must poll more than twice while an answer is trusted', () => {
    expect(faultsOf({ SESSION_REVOCATION_POLL_MS: '500' })).toHaveLength(1);
  });

  it('must not rotate from a secret to itself', () => {
    expect(faultsOf({ JWT_SECRET_PREVIOUS: SECRET })).toEqual([expect.stringContaining('must differ')]);
  });

  it('must have a secret as long as the hash that it signs with', () => {
    expect(faultsOf({ JWT_SECRET: 'x'.repeat(31) })).toHaveLength(1);
  });

  it.each(['0 2 * * *', '*/5 * * * *', '0 2,14 1-7 * MON', '15 10 ? * 6', '*/2 * * * * *'])(
    'take the schedule %s or not',
    (pattern) => {
      const load = () => loadConfig(worker, { NODE_ENV: 'test', SESSION_CLEANUP_SCHEDULE: pattern });
      if (pattern.includes('?')) expect(load).toThrow('SESSION_CLEANUP_SCHEDULE');
      else expect(load().SESSION_CLEANUP_SCHEDULE).toBe(pattern);
    },
  );

  it.each(['daily', '0 2 * *', '0 2 * * * * *', '0  2 * * *', '@daily', '0 2 * * *; DROP'])(
    'refuse the schedule %s',
    (pattern) => {
      const load = () => loadConfig(worker, { NODE_ENV: 'test', SESSION_CLEANUP_SCHEDULE: pattern });
      expect(load).toThrow('SESSION_CLEANUP_SCHEDULE must be five cron fields');
    },
  );
});
