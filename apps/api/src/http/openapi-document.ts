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

/** The OpenAPI 3.1 description of every route, from the schemas that the routes check with. */
export function createDocument(app: INestApplication): OpenAPIObject {
  for (const { instance } of app.get(DiscoveryService).getControllers()) document(instance as unknown);
  const info = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('API')
    .setVersion('1')
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, info, {
    standardSchemaConverter: (schema, { schemaType }) => ({
      schema: jsonSchema(schema as z.ZodType, schemaType),
    }),
  });
}

function document(controller: unknown): void {
  if (typeof controller !== 'object' || controller === null) return;
  const prototype = Object.getPrototypeOf(controller) as object;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const documentation = descriptor && documentationOf(descriptor);
    if (documentation)
      for (const decorate of decorators(documentation)) decorate(prototype, name, descriptor);
  }
}

function documentationOf(descriptor: PropertyDescriptor): Documentation | undefined {
  return Reflect.getMetadata(DOCUMENTATION, descriptor.value as object) as Documentation | undefined;
}

function decorators({ summary, responses, problems, signedIn }: Documentation): MethodDecorator[] {
  return [
    ApiOperation({ summary }),
    ...(signedIn ? [ApiBearerAuth()] : []),
    ...Object.entries(responses).map(([status, schema]) =>
      answer(Number(status), 'application/json', schema),
    ),
    ...problems.map((status) => answer(status, 'application/problem+json', PROBLEM)),
  ];
}

function answer(status: number, mediaType: string, schema: z.ZodType | null): MethodDecorator {
  const description = STATUS_CODES[status] ?? '';
  return ApiResponse({
    status,
    description,
    ...(schema && { content: { [mediaType]: { schema: jsonSchema(schema, 'output') } } }),
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
