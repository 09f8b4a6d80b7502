import { HealthController, type ReadinessAnswer } from '@kubernest/lifecycle';
import { z } from 'zod';
import type { Documentation } from './documented';

const readinessAnswer: z.ZodType<ReadinessAnswer> = z.object({
  status: z.enum(['ready', 'not ready']),
  state: z.enum(['starting', 'ready', 'draining', 'closing']),
  failed: z.array(z.string()).describe('What keeps it from being ready.'),
  checks: z.record(z.string(), z.object({ status: z.string(), message: z.string().exactOptional() })),
});
const startupAnswer = z.object({ status: z.enum(['started', 'starting']) });

const probes: Record<keyof HealthController, Documentation> = {
  live: { summary: 'Liveness', responses: { 200: z.object({ status: z.literal('alive') }) }, problems: [] },
  ready: { summary: 'Readiness', responses: { 200: readinessAnswer, 503: readinessAnswer }, problems: [] },
  startup: { summary: 'Start', responses: { 200: startupAnswer, 503: startupAnswer }, problems: [] },
};

/** The probes belong to a lib that knows nothing of OpenAPI. Their 503 is an answer and no problem. */
export function probeDocumentation(prototype: object, name: string): Documentation | undefined {
  if (prototype !== HealthController.prototype || !(name in probes)) return undefined;
  return probes[name as keyof typeof probes];
}
