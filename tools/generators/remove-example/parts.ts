/** What is deleted: all of the example that has a file or a folder of its own. */
export const PARTS: readonly string[] = [
  'libs/sessions',
  'apps/api/src/sessions',
  'apps/worker/src/cleanup-expired-sessions.command.ts',
  'apps/worker/src/session-cleanup.processor.ts',
  'apps/worker/src/session-cleanup.processor.spec.ts',
  'apps/e2e/src/sessions',
  'apps/e2e/src/authorisation',
  'apps/e2e/src/authorisation.spec.ts',
  // What fails is told by requests for sessions, and by the cleanup.
  'apps/e2e/src/faults',
  'apps/e2e/src/faults.spec.ts',
  'tools/faults',
  'deploy/base/worker/cleanup-expired-sessions.yaml',
  'deploy/components/network-policies/cleanup-expired-sessions.yaml',
  'deploy/components/prometheus-rules/session-cleanup.yaml',
  'deploy/components/prometheus-rules/tests/session-cleanup.yaml',
  'docs/decisions/cleanup.md',
  'docs/decisions/sessions-and-revocation.md',
  'tools/bench/sessions',
  'tools/generate/dashboards/session-cleanup.ts',
  'tools/generators/remove-example/remove-example.spec.ts',
  'tools/manifests/broken-cleanup.spec.ts',
  'tools/manifests/broken-token-secrets.spec.ts',
  'tools/manifests/prometheus.system-spec.ts',
  'tools/rollout/load/sessions',
  'tools/start/sessions.ts',
  'tools/start/sessions.spec.ts',
];

/** By whose presence one knows that the example is there. */
export const EXAMPLE = 'libs/sessions';

/** Nothing else of ours imports these. */
export const PACKAGES = ['@node-rs/argon2', 'fast-jwt', 'rate-limiter-flexible'];

/** Of package.json. */
export const SCRIPTS = ['faults'];

export const QUEUES = ['session-cleanup'];
