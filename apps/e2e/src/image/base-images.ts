import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Buildah } from './buildah';
import { onPath } from './machine';

export const NODE_IMAGE = 'localhost/node';
export const RUNTIME_IMAGE = 'localhost/distroless-nodejs';

/** What glibc and the compiler's run-time bring in every image of Debian, whether node needs it or an addon. */
const SYSTEM_LIBRARY =
  /^(ld-linux-.*|lib(c|m|dl|pthread|rt|util|resolv|gcc_s|stdc\+\+|atomic|selinux|pcre2-8))\.so\.\d+$/;
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const DOCKERFILE = `FROM scratch AS node
COPY node /
FROM scratch AS runtime
COPY runtime /
USER 65532
ENTRYPOINT ["/nodejs/bin/node"]
`;

/**
 * Makes images of this machine's files that stand in for those which the Dockerfile begins with, where there is no registry to pull from.
 * As it is between the real ones, the Node that runs npm and the Node at run time differ: the machine's own, and the project's.
 */
export async function makeBaseImages(buildah: Buildah, context: string): Promise<void> {
  makeNodeRoot(join(context, 'node'));
  makeRuntimeRoot(join(context, 'runtime'));
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
  await buildah.build({ context, target: 'node', tag: NODE_IMAGE });
  await buildah.build({ context, target: 'runtime', tag: RUNTIME_IMAGE });
}

/** Like `node:24-trixie-slim`: a shell, Node and npm. */
function makeNodeRoot(root: string): void {
  const node = onPath('node');
  const npm = dirname(dirname(realpathSync(onPath('npm'))));
  copySystem(root, node);
  copy(node, join(root, 'usr/bin/node'));
  for (const name of ['sh', 'env', 'test', 'ls', 'cut']) copy(onPath(name), join(root, 'usr/bin', name));
  cpSync(npm, join(root, 'usr/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  symlinkSync('usr/bin', join(root, 'bin'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
}

/** Like `gcr.io/distroless/nodejs24-debian13:nonroot`: Node, what it is linked to, and nothing else. */
function makeRuntimeRoot(root: string): void {
  copySystem(root, process.execPath);
  copy(process.execPath, join(root, 'nodejs/bin/node'));
  const nonroot = 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
  writeFileSync(join(root, 'etc/passwd'), `root:x:0:0:root:/root:/sbin/nologin\n${nonroot}`);
}

/** The libraries, where the program looks for them, and the certificates. */
function copySystem(root: string, program: string): void {
  for (const folder of ['etc', 'tmp', 'root']) mkdirSync(join(root, folder), { recursive: true });
  if (existsSync(CERTIFICATES)) copy(CERTIFICATES, join(root, CERTIFICATES));
  const linked = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const folder of new Set(linked.map((file) => dirname(file)))) {
    for (const name of readdirSync(folder)) {
      if (SYSTEM_LIBRARY.test(name)) copy(join(folder, name), join(root, folder, name));
    }
  }
}

/** Of a link, what it leads to. */
function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
