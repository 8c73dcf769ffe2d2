// From the first constructor to the open channel, over and over; at_once=N begins so many together.
'use strict';

const { moment, now, numbers, percentile, result, text } = require('../measure.js');
const { Peers, opened } = require('../side.js');

async function offer(side) {
  const { link, options } = side;
  const count = options.integer('count', 20);
  const atOnce = Math.min(count, options.integer('at_once', 1));
  const peers = new Peers(side);
  const open = async (index) => {
    const start = now();
    const peer = peers.make(index);
    const channel = peer.pc.createDataChannel('setup');
    await peer.offer();
    await opened(channel);
    return now() - start;
  };
  // The first is not counted: threads start, tables are made.
  await open(0);
  peers.close(0);
  link.send('go', 0);
  await link.wait('ready');
  const before = moment();
  const times = [];
  for (let first = 1; first <= count; first += atOnce) {
    const indices = Array.from({ length: Math.min(atOnce, count + 1 - first) }, (_, i) => first + i);
    times.push(...(await Promise.all(indices.map(open))));
    for (const index of indices) peers.close(index);
  }
  const after = moment();
  link.send('go', 1);
  const [used] = numbers((await link.wait('result')).text);
  link.send('bye');
  peers.closeAll();
  return [result({ trickle: options.integer('trickle', 1), at_once: atOnce }, {
    open_p50_ms: 1000 * percentile(times, 0.5),
    open_p90_ms: 1000 * percentile(times, 0.9),
    connections_per_s: count / (after.time - before.time),
    cpu_ms_per_connection: (1000 * (after.cpu - before.cpu + used)) / count,
  })];
}

async function answer(side) {
  const { link } = side;
  const peers = new Peers(side);
  await link.wait('go');
  const before = moment();
  link.send('ready');
  await link.wait('go');
  link.send('result', 0, text(side.shared ? 0 : moment().cpu - before.cpu));
  await link.wait('bye');
  peers.closeAll();
}

module.exports = { offer, answer };
