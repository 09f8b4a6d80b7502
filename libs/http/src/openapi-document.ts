import { INestApplication } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import {
  ApiBearerAuth,
  ApiOperation,
  ApiResponse,
  DocumentBuilder,
  OpenAPIObject,
  SwaggerModule,
} from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { Documentation, DOCUMENTATION } from './documented';
import { probeDocumentation } from './documented-probes';

const PROBLEM = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .describe('RFC 9457');

const PROBLEM_TYPE = 'application/problem+json';
const PROBLEM_REF = { $ref: '#/components/schemas/Problem' };

/** The OpenAPI 3.1 description of every route, from the schemas that the routes check with. */
export function createDocument(app: INestApplication, title: string): OpenAPIObject {
  const controllers = app.get(DiscoveryService).getControllers();
  const routes = controllers.flatMap(({ instance }) => document(instance as unknown));
  const info = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle(title).setVersion('1');
  if (routes.some(({ signedIn }) => signedIn)) info.addBearerAuth();
  const created = SwaggerModule.createDocument(app, info.build(), {
    standardSchemaConverter: (schema, { schemaType }) => ({
      schema: jsonSchema(schema as z.ZodType, schemaType),
    }),
  });
  for (const [path, methods] of Object.entries(created.paths))
    for (const [method, operation] of Object.entries(methods as Record<string, Operation>))
      addRefusals(operation, path, method);
  created.components = { ...created.components, schemas: { Problem: jsonSchema(PROBLEM, 'output') } };
  return created;
}

interface Operation {
  responses: Record<number, ReturnType<typeof problemAnswer>>;
}

/** What is refused before a route's own code is called: by Node, the router and the parser of bodies. */
function addRefusals({ responses }: Operation, path: string, method: string): void {
  const statuses = [400, 408, 431];
  if (path.includes('{')) statuses.push(414);
  if (method !== 'get') statuses.push(413, 415);
  for (const status of statuses) responses[status] ??= problemAnswer(status);
}

function problemAnswer(status: number) {
  return {
    description: STATUS_CODES[status] ?? '',
    content: { [PROBLEM_TYPE]: { schema: PROBLEM_REF } },
  };
}

/** @returns what it has documented */
function document(controller: unknown): Documentation[] {
  if (typeof controller !== 'object' || controller === null) return [];
  const prototype = Object.getPrototypeOf(controller) as object;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const documentation = descriptor && (documentationOf(descriptor) ?? probeDocumentation(prototype, name));
    if (!documentation) return [];
    for (const decorate of decorators(documentation)) decorate(prototype, name, descriptor);
    return [documentation];
  });
}

function documentationOf(descriptor: PropertyDescriptor): Documentation | undefined {
  return Reflect.getMetadata(DOCUMENTATION, descriptor.value as object) as Documentation | undefined;
}

function decorators({ summary, responses, problems, signedIn }: Documentation): MethodDecorator[] {
  return [
    ApiOperation({ summary }),
    ...(signedIn ? [ApiBearerAuth()] : []),
    ...Object.entries(responses).map(([status, schema]) => answer(Number(status), schema)),
    ...problems.map((status) => ApiResponse({ status, ...problemAnswer(status) })),
  ];
}

function answer(status: number, schema: z.ZodType | null): MethodDecorator {
  const description = STATUS_CODES[status] ?? '';
  return ApiResponse({
    status,
    description,
    ...(schema && { content: { 'application/json': { schema: jsonSchema(schema, 'output') } } }),
  });
}

/** JSON Schema 2020-12, which is what OpenAPI 3.1 takes. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest as unknown as Record<string, never>;
}
