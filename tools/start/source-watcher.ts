import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault';
import { workspace } from './local-files';

/** Editors write a file in several steps. */
const SETTLE_MS = 30;
const FOLDERS = ['apps', 'libs'];

/**
 * Calls `onChange` with the absolute paths of the TypeScript files below apps/ and libs/ that changed.
 *
 * @returns ends it
 * @throws Fault when the system has no watches left
 */
export function watchSources(onChange: (files: Set<string>) => void): () => void {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const report = () => {
    const files = changed;
    changed = new Set();
    onChange(files);
  };
  const watchers = FOLDERS.map((folder) =>
    watchFolder(join(workspace, folder), (file) => {
      changed.add(file);
      clearTimeout(timer);
      timer = setTimeout(report, SETTLE_MS);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

function watchFolder(folder: string, onFile: (file: string) => void): FSWatcher {
  try {
    const watcher = watch(folder, { recursive: true }, (_event, name) => {
      if (name?.endsWith('.ts') && !name.endsWith('.spec.ts')) onFile(join(folder, name));
    });
    // A folder that is removed while it is read.
    watcher.on('error', () => undefined);
    return watcher;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EMFILE') throw error;
    throw new Fault(
      'The system has no file watches left: raise fs.inotify.max_user_watches (sysctl), or close an editor',
    );
  }
}
