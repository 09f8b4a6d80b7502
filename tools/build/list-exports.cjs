// Prints what each package of a libraries.js exports, as JSON.
'use strict';
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

const file = process.argv[2];
const module_ = { exports: {} };
const script = new Script(readFileSync(file, 'latin1'), { filename: file });
script.runInThisContext()(module_.exports, createRequire(file), module_, file, dirname(file));

const names = Object.entries(module_.exports).map(([name, load]) => [name, Object.keys(load())]);
process.stdout.write(JSON.stringify(Object.fromEntries(names)), () => process.exit());
