import { Ajv2020, ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { fieldValues, HttpAnswer } from './http-answer';

export type JsonSchema = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: JsonSchema;
}

interface Content {
  content?: Record<string, { schema: JsonSchema }>;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
  security?: object[];
}

export interface Route extends Operation {
  /** `GET /v1/invoices/{id}` */
  name: string;
  method: string;
  path: string;
}

interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

const PROBLEM = 'application/problem+json';
const REQUIRED_OF_A_PROBLEM = ['type', 'title', 'status', 'detail', 'code', 'requestId'];

/** What an app says of itself at /openapi.json, and whether its answers are like that. */
export class ApiDescription {
  readonly routes: Route[];
  private readonly ajv = new Ajv2020({ strict: false });
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(document: OpenApiDocument) {
    addFormats(this.ajv);
    this.ajv.addSchema(document, 'api');
    this.routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        const upper = method.toUpperCase();
        return { ...operation, name: `${upper} ${path}`, method: upper, path };
      }),
    );
  }

  static async of({ url }: { url: string }): Promise<ApiDescription> {
    return new ApiDescription((await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument);
  }

  route(name: string): Route {
    const found = this.routes.find((route) => route.name === name);
    if (!found) throw new Error(`/openapi.json does not have ${name}`);
    return found;
  }

  /** What is wrong with an answer of this route; nothing when it is as documented. `HEAD` has no body. */
  faults(route: Route, answer: HttpAnswer, method = route.method): string[] {
    const documented = route.responses[answer.status];
    if (!documented) return [`status ${answer.status} is not documented for ${route.name}`];
    if (answer.status >= 400 && method !== 'HEAD') return problemFaults(answer);
    const [type] = Object.keys(documented.content ?? {});
    if (type === undefined || method === 'HEAD')
      return answer.body.length > 0 ? [`a body that is not documented for ${answer.status}`] : [];
    return this.bodyFaults(route, answer, type);
  }

  private bodyFaults(route: Route, answer: HttpAnswer, type: string): string[] {
    const [given = ''] = fieldValues(answer, 'content-type');
    if (given.split(';')[0] !== type) return [`type ${given} in place of ${type}`];
    const validate = this.validator(route, answer.status, type);
    if (validate(JSON.parse(answer.body.toString()))) return [];
    return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
  }

  private validator({ path, method }: Route, status: number, type: string): ValidateFunction {
    const steps = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      type,
      'schema',
    ];
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
    const $ref = `api#/${pointer.join('/')}`;
    const known = this.validators.get($ref) ?? this.ajv.compile({ $ref });
    this.validators.set($ref, known);
    return known;
  }
}

/** Every error has the one shape of RFC 9457, also one that no route answers. */
export function problemFaults(answer: HttpAnswer): string[] {
  const [type = 'none'] = fieldValues(answer, 'content-type');
  if (!type.startsWith(PROBLEM)) return [`status ${answer.status} with a body of type ${type}`];
  const problem = JSON.parse(answer.body.toString()) as Record<string, unknown>;
  const missing = REQUIRED_OF_A_PROBLEM.filter((member) => !(member in problem));
  return [
    ...missing.map((member) => `a problem without ${member}`),
    ...(problem['status'] === answer.status ? [] : ['a problem that names another status']),
    ...(problem['requestId'] === fieldValues(answer, 'x-request-id')[0]
      ? []
      : ['a requestId that is not that of the header field']),
    ...(answer.status >= 500 ? [`status ${answer.status}`] : []),
  ];
}

export function expectProblem(answer: HttpAnswer, status: number): void {
  expect({ status: answer.status, faults: problemFaults(answer) }).toEqual({ status, faults: [] });
}
