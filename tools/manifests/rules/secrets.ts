import { fault } from '../fault';
import { ofKind } from '../objects';
import type { Rule } from '../rendered';

/** No secret value stands in what goes to a shared environment: it would be in the repository. */
export const noSecretValues: Rule = ({ objects, mayHoldSecrets }) =>
  mayHoldSecrets
    ? []
    : ofKind(objects, 'Secret').flatMap((object) =>
        Object.keys({ ...object.data, ...object.stringData }).length === 0
          ? []
          : [
              fault(
                object,
                'data',
                'holds values, which are now in the repository: use a component that fetches them (external-secrets, sealed-secrets, vault)',
              ),
            ],
      );
