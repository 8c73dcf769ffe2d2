// How long a fresh Node.js takes to require the package.
'use strict';

const { execFileSync } = require('child_process');
const path = require('path');

const { percentile, result } = require('../measure.js');

async function offer(side) {
  const package_ = JSON.stringify(path.join(side.modules, '@roamhq', 'wrtc'));
  const program = `const start = performance.now(); require(${package_}); console.log(performance.now() - start)`;
  const times = [];
  for (let i = side.options.integer('count', 10); i >= 0; i--) times.push(Number(execFileSync(process.execPath, ['-e', program])));
  // The first one brings the files into memory.
  const median = percentile(times.slice(1), 0.5);
  return [result({}, { import_ms: median, connection_ms: median })];
}

module.exports = { offer, answer: async () => {} };
