// getStats() of a connection with sound, pictures and a channel.
'use strict';

const { moment, now, percentile, result, sleep } = require('../measure.js');
const { Peers, opened } = require('../side.js');

const CACHED = 0.06;
const AT_ONCE = 20;

async function offer(side) {
  const { link, options } = side;
  const count = options.integer('count', 10);
  const peers = new Peers(side);
  const peer = peers.make(0);
  peer.pc.addTransceiver('audio');
  peer.pc.addTransceiver('video');
  const channel = peer.pc.createDataChannel('stats');
  await peer.offer();
  await opened(channel);
  const ask = async () => [...(await peer.pc.getStats()).values()].length;
  const times = new Map([[1, []], [AT_ONCE, []]]);
  const before = moment();
  for (let i = 0; i < count; i++) {
    for (const [number, taken] of times) {
      await sleep(CACHED);
      const start = now();
      await Promise.all(Array.from({ length: number }, ask));
      taken.push(now() - start);
    }
  }
  const after = moment();
  link.send('bye');
  peers.closeAll();
  return [result({}, {
    one_ms: 1000 * percentile(times.get(1), 0.5),
    twenty_ms: 1000 * percentile(times.get(AT_ONCE), 0.5),
    cpu_ms_per_report: (1000 * (after.cpu - before.cpu)) / (count * (1 + AT_ONCE)),
  })];
}

async function answer(side) {
  const peers = new Peers(side);
  await side.link.wait('bye');
  peers.closeAll();
}

module.exports = { offer, answer };
