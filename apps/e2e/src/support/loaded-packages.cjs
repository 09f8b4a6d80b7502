// Preloaded (node --require) into a built app: prints at exit which packages of libraries.js were loaded.
'use strict';
const vm = require('node:vm');

const loaded = new Set();

vm.Script = class extends vm.Script {
  runInThisContext() {
    const wrapped = super.runInThisContext();
    return (exports, require, module, file, folder) => {
      wrapped(exports, require, module, file, folder);
      if (file.endsWith('libraries.js')) module.exports = watched(module.exports);
    };
  }
};

function watched(libraries) {
  const entries = Object.entries(libraries).map(([name, load]) => [
    name,
    () => {
      loaded.add(name);
      return load();
    },
  ]);
  return Object.fromEntries(entries);
}

process.once('exit', () => process.stderr.write(`loaded: ${[...loaded].join(' ')}\n`));
