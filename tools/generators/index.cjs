'use strict';
const { require: load } = require('tsx/cjs/api');
const { generators } = require('./generators.json');

/** What Nx requires for generators.json: TypeScript, with imports as everywhere else here, loaded when it is asked for. */
for (const name of Object.keys(generators))
  exports[name] = async (tree, options) => {
    try {
      return await load(`./${name}/${name}.ts`, __filename).default(tree, options);
    } catch (error) {
      // Nx prints one line for an error without a stack.
      if (error.name === 'Fault') error.stack = undefined;
      throw error;
    }
  };
