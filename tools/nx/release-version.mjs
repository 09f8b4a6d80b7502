import { VersionActions } from 'nx/release/index.js';

const MANIFEST = 'package.json';
const LOCK_FILE = 'package-lock.json';

/** For `nx release`: the apps have one version, that of the workspace, in package.json and its lock file. */
export default class ReleaseVersion extends VersionActions {
  validManifestFilenames = [MANIFEST];

  async readCurrentVersionFromSourceManifest(tree) {
    return { manifestPath: MANIFEST, currentVersion: readJson(tree, MANIFEST).version };
  }

  async readCurrentVersionFromRegistry() {
    throw new Error('The images have no registry that Nx could ask: use the version on disk.');
  }

  async readCurrentVersionOfDependency() {
    return { currentVersion: null, dependencyCollection: null };
  }

  /** Called for each app, with the same version. */
  async updateProjectVersion(tree, version) {
    update(tree, MANIFEST, (manifest) => (manifest.version = version));
    update(tree, LOCK_FILE, (lock) => {
      lock.version = version;
      lock.packages[''].version = version;
    });
    return [`${MANIFEST} and ${LOCK_FILE} have version ${version}`];
  }

  async updateProjectDependencies() {
    return [];
  }
}

function readJson(tree, file) {
  return JSON.parse(tree.read(file, 'utf8'));
}

function update(tree, file, change) {
  const content = readJson(tree, file);
  change(content);
  tree.write(file, `${JSON.stringify(content, undefined, 2)}\n`);
}
