// Opens connections and keeps them: how many there can be, and what they take when idle.
'use strict';

const { moment, now, numbers, residentKilobytes, result, sleepUntil, text, threadCount } = require('../measure.js');
const { Peers, opened } = require('../side.js');

const BATCH = 10;
const IDLE = 1;

async function offer(side) {
  const { link, options } = side;
  const count = options.integer('count', 100);
  const limit = options.number('limit', 10);
  const peers = new Peers(side);
  const channels = [];
  const open = async (index) => {
    const peer = peers.make(index);
    const channel = peer.pc.createDataChannel('hold');
    channels.push(channel);
    await peer.offer();
    await opened(channel);
  };
  // One that is there before: what is made once is not a connection's.
  await open(0);
  link.send('go', 0);
  await link.wait('ready');
  const [resident, threads, before] = [residentKilobytes(), threadCount(), moment()];
  let held = 0;
  while (held < count && now() - before.time < limit) {
    const batch = Math.min(BATCH, count - held);
    await Promise.all(Array.from({ length: batch }, (_, i) => open(held + 1 + i)));
    held += batch;
  }
  const done = moment();
  await sleepUntil(done.time + 0.2);
  const idle = moment();
  await sleepUntil(idle.time + IDLE);
  const after = moment();
  link.send('go', 1);
  const [moreKilobytes, moreThreads, threadsThere, used] = numbers((await link.wait('result')).text);
  const values = {
    pairs_held: held,
    pairs_per_s: held / (done.time - before.time),
    rss_kb_per_pair: (residentKilobytes() - resident + moreKilobytes) / held,
    threads_per_pair: (threadCount() - threads + moreThreads) / held,
    threads: threadCount() + threadsThere,
    idle_cpu_ms_per_pair_s: (1000 * (after.cpu - idle.cpu + used)) / IDLE / held,
  };
  link.send('bye');
  peers.closeAll();
  return [result({ pairs: count }, values)];
}

async function answer(side) {
  const { link } = side;
  const peers = new Peers(side);
  await link.wait('go');
  const [resident, threads] = [residentKilobytes(), threadCount()];
  link.send('ready');
  await link.wait('go');
  if (side.shared) {
    link.send('result', 0, text(0, 0, 0, 0));
  } else {
    const idle = moment();
    await sleepUntil(idle.time + IDLE);
    const used = moment().cpu - idle.cpu;
    link.send('result', 0, text(residentKilobytes() - resident, threadCount() - threads, threadCount(), used));
  }
  await link.wait('bye');
  peers.closeAll();
}

module.exports = { offer, answer };
