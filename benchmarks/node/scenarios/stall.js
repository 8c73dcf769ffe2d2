// How late a timer of 1 ms is on the loop: alone, beside a flood of messages, beside connections that come and go.
'use strict';

const { now, numbers, percentile, result, sleep, sleepUntil, text } = require('../measure.js');
const { Peers, flood, opened } = require('../side.js');

const TICK = 0.001;
const SIZE = 1024;
const LOADS = ['idle', 'messages', 'connections'];

async function offer(side) {
  const { link, options } = side;
  const length = options.number('seconds', 1);
  const peers = new Peers(side);
  const peer = peers.make(0);
  const channel = peer.pc.createDataChannel('stall');
  await peer.offer();
  await opened(channel);
  await link.wait('ready');
  const results = [];
  for (const kind of LOADS) {
    const start = now();
    link.send('go', 0, text(start, length));
    if (kind === 'messages') {
      const flag = { running: true };
      const flooding = flood(channel, Buffer.alloc(SIZE, 'x'), flag);
      await sleepUntil(start + length);
      flag.running = false;
      await flooding;
    } else if (kind === 'connections') {
      for (let index = 1; now() < start + length; index++) {
        const other = peers.make(index);
        const opening = other.pc.createDataChannel('stall');
        await other.offer();
        await opened(opening);
        peers.close(index);
      }
    }
    const [p50, p99, worst] = numbers((await link.wait('result')).text);
    results.push(result({ load: kind }, { late_p50_us: 1e6 * p50, late_p99_us: 1e6 * p99, late_max_us: 1e6 * worst }));
  }
  link.send('bye');
  peers.closeAll();
  return results;
}

async function answer(side) {
  const { link } = side;
  let ready;
  const announced = new Promise((resolve) => (ready = resolve));
  const peers = new Peers(side, (peer) => {
    peer.onChannel = (channel) => {
      channel.onmessage = () => {};
      ready();
    };
  });
  await announced;
  link.send('ready');
  for (let go; (go = await link.wait('go')).type === 'go'; ) {
    const [start, length] = numbers(go.text);
    const late = [];
    for (let begin; (begin = now()) < start + length; ) {
      await sleep(TICK);
      late.push(now() - begin - TICK);
    }
    link.send('result', 0, text(percentile(late, 0.5), percentile(late, 0.99), Math.max(...late)));
  }
  peers.closeAll();
}

module.exports = { offer, answer };
