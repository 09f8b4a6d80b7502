import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

/** What a route's schemas do not say. Kept as plain metadata, so that no request pays for loading the OpenAPI library. */
export interface Documentation {
  summary: string;
  /** By status: the schema of the answer's body, or null for none. Problems are added by their status alone. */
  responses: Record<number, z.ZodType | null>;
  problems: readonly (400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 503)[];
  /** Takes a bearer token. */
  signedIn?: boolean;
}

export const DOCUMENTATION = 'openapi:documentation';

export const Documented = (documentation: Documentation): MethodDecorator =>
  SetMetadata(DOCUMENTATION, documentation);
