import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Copied into the artefact by the build, from swagger-ui-dist. */
const PAGE_FILES: Record<string, string> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
};

const page = (title: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body style="margin: 0"><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/page.js"></script></body>
</html>
`;
const PAGE_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true });\n`;
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/** OpenAPI 3.1 at /openapi.json, and a page to read and try it at /docs. */
export function serveDocumentation(
  app: NestFastifyApplication,
  { title, folder }: { title: string; folder: string },
): void {
  const server = app.getHttpAdapter().getInstance();
  let document: Promise<object> | undefined;
  server.get('/openapi.json', async (_request, reply) => {
    // Loaded when somebody asks: its library would add 200 ms to every start.
    document ??= import('./openapi-document').then(({ createDocument }) => createDocument(app, title));
    return reply.type('application/json').send(await document);
  });
  server.get('/docs', (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page(title)),
  );
  server.get('/docs/page.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(PAGE_SCRIPT),
  );
  for (const [name, type] of Object.entries(PAGE_FILES)) {
    server.get(`/docs/${name}`, async (_request, reply) =>
      reply
        .type(type)
        .header('cache-control', 'public, max-age=3600')
        .send(await readFile(join(folder, 'openapi-page', name))),
    );
  }
}
