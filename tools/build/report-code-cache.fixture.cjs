// Preloaded into an artefact: prints on standard error what became of the code cache of each script.
'use strict';
const { basename } = require('node:path');
const vm = require('node:vm');

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    const outcome = { undefined: 'none', true: 'refused', false: 'used' }[String(this.cachedDataRejected)];
    process.stderr.write(`${basename(options.filename)}: ${outcome}\n`);
  }
};
