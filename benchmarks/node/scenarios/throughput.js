// Floods channels of all sizes, one after the other; with connections=N, so many at once.
'use strict';

const { moment, now, numbers, result, sleepUntil, text } = require('../measure.js');
const { Peers, drained, flood, opened } = require('../side.js');

const cases = (options) =>
  options.list('ordered', '1,0').flatMap((order) =>
    options.list('sizes', '100,1024,16384,65536').map((size) => [Number(size), order === '1']));

async function offer(side) {
  const { link, options } = side;
  const lengths = [options.number('warmup', 0.2), options.number('seconds', 0.5)];
  const connections = options.integer('connections', 1);
  const peers = new Peers(side);
  const channels = cases(options).map(() => []);
  for (let i = 0; i < connections; i++) {
    const peer = peers.make(i);
    cases(options).forEach(([, ordered], number) => channels[number].push(peer.pc.createDataChannel(String(number), { ordered })));
    await peer.offer();
  }
  await Promise.all(channels.flat().map(opened));
  await link.wait('ready');
  const results = [];
  for (const [number, [size, ordered]] of cases(options).entries()) {
    const start = now() + 0.005;
    link.send('go', number, text(start, ...lengths));
    await sleepUntil(start);
    const flag = { running: true };
    const payload = Buffer.alloc(size, 'x');
    const flooding = channels[number].map((channel) => flood(channel, payload, flag));
    await sleepUntil(start + lengths[0]);
    const before = moment();
    await sleepUntil(start + lengths[0] + lengths[1]);
    const after = moment();
    flag.running = false;
    await Promise.all(flooding);
    const [received, seconds, there] = numbers((await link.wait('result')).text);
    const rate = received / seconds;
    const megabytes = (rate * size) / 1e6;
    const cores = (after.cpu - before.cpu) / (after.time - before.time) + there / seconds;
    results.push(result({ size, ordered: Number(ordered), connections }, {
      messages_per_s: rate,
      mb_per_s: megabytes,
      cpu_cores: cores,
      cpu_ms_per_mb: (1000 * cores) / megabytes,
      cpu_us_per_message: (1e6 * cores) / rate,
    }));
    for (const channel of channels[number]) await drained(channel);
  }
  link.send('bye');
  peers.closeAll();
  return results;
}

async function answer(side) {
  const { link, options } = side;
  const counts = cases(options).map(() => 0);
  let missing = counts.length * options.integer('connections', 1);
  let ready;
  const announced = new Promise((resolve) => (ready = resolve));
  const peers = new Peers(side, (peer) => {
    peer.onChannel = (channel) => {
      const number = Number(channel.label);
      channel.onmessage = () => { counts[number]++; };
      if (--missing === 0) ready();
    };
  });
  await announced;
  link.send('ready');
  for (let go; (go = await link.wait('go')).type === 'go'; ) {
    const [start, warmup, length] = numbers(go.text);
    await sleepUntil(start + warmup);
    const before = moment();
    const first = counts[go.index];
    await sleepUntil(start + warmup + length);
    const after = moment();
    link.send('result', go.index, text(counts[go.index] - first, after.time - before.time, side.shared ? 0 : after.cpu - before.cpu));
  }
  peers.closeAll();
}

module.exports = { offer, answer };
