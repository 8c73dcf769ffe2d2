// Sound, many streams of it: CPU of both ends for each second of a stream.
'use strict';

const { moment, now, numbers, result, sleepUntil, text } = require('../measure.js');
const { Peers } = require('../side.js');

const RATE = 48000;
const CHUNK = 0.01;

async function offer(side) {
  const { link, options } = side;
  const streams = options.integer('streams', 1);
  const [warmup, length] = [options.number('warmup', 1), options.number('seconds', 2)];
  const peers = new Peers(side);
  const peer = peers.make(0);
  const sources = Array.from({ length: streams }, () => new side.wrtc.nonstandard.RTCAudioSource());
  for (const source of sources) peer.pc.addTransceiver(source.createTrack());
  await peer.offer();
  await link.wait('ready');
  const samples = Int16Array.from({ length: RATE * CHUNK }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 400 * i) / RATE)));
  const chunk = { samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length };
  const start = now() + 0.05;
  link.send('go', 0, text(start, warmup, length));
  let before = moment();
  for (let number = 0; ; number++) {
    const due = start + number * CHUNK;
    if (due >= start + warmup + length) break;
    await sleepUntil(due);
    if (due < start + warmup) before = moment();
    for (const source of sources) source.onData(chunk);
  }
  await sleepUntil(start + warmup + length);
  const after = moment();
  const [heard, used] = numbers((await link.wait('result')).text);
  link.send('bye');
  peers.closeAll();
  return [result({ streams }, {
    cpu_ms_per_stream_s: (1000 * (after.cpu - before.cpu + used)) / (streams * (after.time - before.time)),
    heard_percent: (100 * heard) / RATE / (streams * length),
  })];
}

async function answer(side) {
  const { link, options } = side;
  const streams = options.integer('streams', 1);
  let heard = 0;
  const sinks = [];
  let ready;
  const announced = new Promise((resolve) => (ready = resolve));
  const peers = new Peers(side, (peer) => {
    peer.onTrack = (track) => {
      const sink = new side.wrtc.nonstandard.RTCAudioSink(track);
      // Silence is what there is where nothing arrived.
      sink.ondata = ({ samples, sampleRate, numberOfFrames }) => {
        if (samples.some((sample) => sample !== 0)) heard += (numberOfFrames * RATE) / sampleRate;
      };
      sinks.push(sink);
      if (sinks.length === streams) ready();
    };
  });
  await announced;
  link.send('ready');
  const [start, warmup, length] = numbers((await link.wait('go')).text);
  await sleepUntil(start + warmup);
  const [before, first] = [moment(), heard];
  await sleepUntil(start + warmup + length);
  const [after, last] = [moment(), heard];
  link.send('result', 0, text(last - first, side.shared ? 0 : after.cpu - before.cpu));
  await link.wait('bye');
  for (const sink of sinks) sink.stop();
  peers.closeAll();
}

module.exports = { offer, answer };
