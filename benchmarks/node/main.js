// Run a scenario with @roamhq/wrtc: `node main.js MODULE throughput role=both`; one line of JSON comes out.
'use strict';

const path = require('path');

const { connect, pair } = require('./link.js');
const { Options, Side } = require('./side.js');

async function main() {
  const [modules, scenario, ...words] = process.argv.slice(2);
  const options = new Options(words);
  const wrtc = require(path.join(modules, '@roamhq', 'wrtc'));
  const { offer, answer } = require(`./scenarios/${scenario}.js`);
  const role = options.text('role', 'both');
  let results;
  let link;
  if (role === 'both') {
    const [one, two] = pair();
    const answering = answer(new Side(wrtc, two, options, true, modules));
    results = await offer(new Side(wrtc, one, options, true, modules));
    await answering;
  } else {
    link = connect(options.integer('fd', -1));
    const side = new Side(wrtc, link, options, false, modules);
    results = await (role === 'offer' ? offer : answer)(side);
  }
  if (results) {
    const versions = { node: process.version, '@roamhq/wrtc': require(path.join(modules, '@roamhq', 'wrtc', 'package.json')).version };
    process.stdout.write(`${JSON.stringify({ program: 'roamhq', scenario, versions, results })}\n`);
  }
  if (link) await link.close();
  // It keeps the process alive, or ends it with a signal, at times.
  process.kill(process.pid, 'SIGKILL');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
