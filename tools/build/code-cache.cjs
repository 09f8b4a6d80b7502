// Preloaded (node --require) into an artefact's warm-up: at exit writes what V8 compiled of each script, functions that ran included.
'use strict';
const { writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

const scripts = new Map();

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    scripts.set(options.filename, this);
  }
};

process.once('exit', () => {
  // As it was when the launcher compiled: the flags are part of what a cache has to fit.
  setFlagsFromString('--semi-space-growth-factor=2');
  for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData());
});
