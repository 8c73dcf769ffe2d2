// A message goes there and comes back; the next follows. The way there alone is measured, too.
'use strict';

const { Worker } = require('worker_threads');

const { moment, now, numbers, percentile, result, sleep, sleepUntil, text } = require('../measure.js');
const { Peers, opened } = require('../side.js');

const SIZE = 100;
const WARMUP = 0.1;
const LOADS = ['idle', 'task', 'thread'];
const SLICE = 0.001;

// What the program is busy with; returns what ends it.
function load(kind) {
  if (kind === 'thread') {
    const worker = new Worker('for (;;);', { eval: true });
    return () => worker.terminate();
  }
  let running = kind === 'task';
  (async () => {
    while (running) {
      for (const end = now() + SLICE; now() < end; );
      await new Promise(setImmediate);
    }
  })();
  return () => { running = false; };
}

async function offer(side) {
  const { link, options } = side;
  const length = options.number('seconds', 1);
  const peers = new Peers(side);
  const peer = peers.make(0);
  const channel = peer.pc.createDataChannel('latency');
  await peer.offer();
  await opened(channel);
  await link.wait('ready');
  const results = [];
  for (const kind of options.list('loads', LOADS.join())) {
    link.send('go', 0, text(now(), WARMUP, length, LOADS.indexOf(kind)));
    const stop = load(kind);
    await sleep(WARMUP);
    const before = moment();
    const times = await new Promise((resolve) => {
      const until = now() + length;
      const taken = [];
      let sent;
      const send = () => {
        sent = now();
        channel.send(Buffer.from(String(process.hrtime.bigint()).padStart(20, '0').padEnd(SIZE)));
      };
      channel.onmessage = () => {
        taken.push(now() - sent);
        if (now() < until) send();
        else resolve(taken);
      };
      send();
    });
    const after = moment();
    await stop();
    const there = numbers((await link.wait('result')).text);
    results.push(result({ load: kind }, {
      rtt_p50_us: 1e6 * percentile(times, 0.5),
      rtt_p99_us: 1e6 * percentile(times, 0.99),
      one_way_p50_us: 1e6 * there[0],
      one_way_p99_us: 1e6 * there[1],
      round_trips: times.length,
      cpu_us_per_round_trip: (1e6 * (after.cpu - before.cpu + there[3])) / times.length,
    }));
  }
  link.send('bye');
  peers.closeAll();
  return results;
}

async function answer(side) {
  const { link } = side;
  let oneWay = [];
  let ready;
  const announced = new Promise((resolve) => (ready = resolve));
  const peers = new Peers(side, (peer) => {
    peer.onChannel = (channel) => {
      channel.onmessage = ({ data }) => {
        const stamp = Number(Buffer.from(data).toString('latin1', 0, 20)) * 1e-9;
        oneWay.push(now() - stamp);
        channel.send(data);
      };
      ready();
    };
  });
  await announced;
  link.send('ready');
  for (let go; (go = await link.wait('go')).type === 'go'; ) {
    const [start, warmup, length, kind] = numbers(go.text);
    const stop = load(side.shared ? 'idle' : LOADS[kind]);
    await sleepUntil(start + warmup);
    oneWay = [];
    const before = moment();
    await sleepUntil(start + warmup + length);
    const after = moment();
    await stop();
    link.send('result', 0, text(percentile(oneWay, 0.5), percentile(oneWay, 0.99), oneWay.length, side.shared ? 0 : after.cpu - before.cpu));
  }
  peers.closeAll();
}

module.exports = { offer, answer };
