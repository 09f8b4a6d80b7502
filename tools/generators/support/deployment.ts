import type { Tree } from '@nx/devkit';
import { parseDocument } from 'yaml';
import { Fault } from '../../start/fault';

/** Sets a variable in the first container of an app's Deployment. @throws Fault when that is not there */
export function setInDeployment(tree: Tree, app: string, entry: object): void {
  const path = `deploy/base/${app}/deployment.yaml`;
  const document = parseDocument(tree.read(path, 'utf8') ?? '');
  const environment = ['spec', 'template', 'spec', 'containers', 0, 'env'];
  if (!document.hasIn(environment))
    throw new Fault(`There is no container with an env in ${path}: put it back`);
  document.addIn(environment, document.createNode(entry));
  tree.write(path, document.toString({ lineWidth: 0, singleQuote: true }));
}
