import { boolean, ConfigOf, defineVariables } from '@kubernest/config';

export const documentationVariables = defineVariables({
  DOCS_ENABLED: {
    about: 'Serve /openapi.json and its page at /docs.',
    schema: boolean(),
    default: 'true',
  },
});

export type DocumentationConfig = ConfigOf<typeof documentationVariables>;
