// Pictures at a steady rate: what a frame costs both ends, how old it is when it arrives, how many do not.
'use strict';

const { moment, now, numbers, percentile, result, sleepUntil, text } = require('../measure.js');
const { Peers } = require('../side.js');

const BITS = 32;
const PICTURES = 16;
const STEP = 4;
const PATIENCE = 0.5;
const START_BITRATE = 'x-google-start-bitrate=4000';

// As benchmarks/native/picture.h makes them.
class Pictures {
  constructor(width, height) {
    Object.assign(this, { width, square: Math.floor(width / BITS), number: 0 });
    this.pictures = Array.from({ length: PICTURES }, (_, number) => {
      const data = new Uint8ClampedArray((width * height * 3) / 2);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          data[row * width + column] = Math.round(128 + 50 * Math.sin((column + number * STEP) / 23) + 50 * Math.sin((row + number) / 17));
        }
      }
      data.fill(110, width * height, (width * height * 5) / 4);
      data.fill(140, (width * height * 5) / 4);
      return { width, height, data };
    });
  }

  next() {
    const picture = this.pictures[this.number++ % PICTURES];
    const microseconds = Math.round(now() * 1e6) % 2 ** 32;
    for (let bit = 0; bit < BITS; bit++) {
      const luma = Math.floor(microseconds / 2 ** bit) % 2 ? 235 : 16;
      for (let row = 0; row < this.square; row++) {
        const start = row * this.width + bit * this.square;
        picture.data.fill(luma, start, start + this.square);
      }
    }
    return picture;
  }
}

function readStamp({ width, data }) {
  let microseconds = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const luma = data[Math.floor(width / (2 * BITS)) * width + Math.floor((width * (2 * bit + 1)) / (2 * BITS))];
    if (luma > 80 && luma < 170) return null;
    if (luma >= 170) microseconds += 2 ** bit;
  }
  const read = now();
  return read - ((((Math.round(read * 1e6) - microseconds) % 2 ** 32) + 2 ** 32) % 2 ** 32) * 1e-6;
}

// The codec stands before the others, and begins with a bitrate that suits all pictures.
function prefer(sdp, codec) {
  const types = [...sdp.matchAll(new RegExp(`^a=rtpmap:(\\d+) ${codec}/90000`, 'gm'))].map((match) => match[1]);
  if (!types.length) throw new Error(`there is no ${codec}`);
  for (const type of types) {
    sdp = sdp.replace(new RegExp(`^(a=rtpmap:${type} .*)$`, 'm'), (line) => `${line.trimEnd()}\r\na=fmtp:${type} ${START_BITRATE}`);
  }
  return sdp.replace(/^(m=video \d+ \S+) ([\d ]+)/m, (_, head, formats) => {
    const all = formats.trim().split(' ');
    return `${head} ${[...all.filter((f) => types.includes(f)), ...all.filter((f) => !types.includes(f))].join(' ')}`;
  });
}

async function offer(side) {
  const { link, options } = side;
  const [width, height] = [options.integer('width', 1280), options.integer('height', 720)];
  const [rate, streams] = [options.integer('fps', 30), options.integer('streams', 1)];
  const codec = options.text('codec', 'VP8');
  const [warmup, length] = [options.number('warmup', 1), options.number('seconds', 2)];
  const peers = new Peers(side);
  const peer = peers.make(0);
  peer.munge = (sdp) => prefer(sdp, codec);
  const sources = Array.from({ length: streams }, () => new side.wrtc.nonstandard.RTCVideoSource());
  for (const source of sources) peer.pc.addTransceiver(source.createTrack());
  await peer.offer();
  await link.wait('ready');
  const pictures = new Pictures(width, height);
  const start = now() + 0.05;
  link.send('go', 0, text(start, warmup, length));
  let before = moment();
  let pushed = 0;
  for (let number = 0; ; number++) {
    const due = start + number / rate;
    if (due >= start + warmup + length) break;
    await sleepUntil(due);
    const counts = due >= start + warmup;
    if (counts && !pushed) before = moment();
    for (const source of sources) {
      source.onFrame(pictures.next());
      pushed += Number(counts);
    }
  }
  await sleepUntil(start + warmup + length);
  const after = moment();
  const [frames, p50, p99, least, used] = numbers((await link.wait('result')).text);
  link.send('bye');
  peers.closeAll();
  return [result({ codec, height, streams }, {
    cpu_ms_per_frame: (1000 * (after.cpu - before.cpu + used)) / frames,
    latency_p50_ms: 1000 * p50,
    latency_p99_ms: 1000 * p99,
    frames,
    lost_percent: (100 * (pushed - frames)) / pushed,
    least_height: least,
  })];
}

async function answer(side) {
  const { link, options } = side;
  const [codec, streams] = [options.text('codec', 'VP8'), options.integer('streams', 1)];
  const arrived = [];
  const sinks = [];
  let ready;
  const announced = new Promise((resolve) => (ready = resolve));
  const peers = new Peers(side, (peer) => {
    peer.munge = (sdp) => prefer(sdp, codec);
    peer.onTrack = (track) => {
      const sink = new side.wrtc.nonstandard.RTCVideoSink(track);
      sink.onframe = ({ frame }) => {
        const stamp = readStamp(frame);
        if (stamp !== null) arrived.push([stamp, now(), frame.height]);
      };
      sinks.push(sink);
      if (sinks.length === streams) ready();
    };
  });
  await announced;
  link.send('ready');
  const [start, warmup, length] = numbers((await link.wait('go')).text);
  const [begin, end] = [start + warmup, start + warmup + length];
  await sleepUntil(begin);
  const before = moment();
  await sleepUntil(end);
  const after = moment();
  await sleepUntil(end + PATIENCE);
  const frames = arrived.filter(([stamp]) => stamp >= begin && stamp < end);
  const ages = frames.map(([stamp, seen]) => seen - stamp);
  const least = frames.reduce((least, [, , height]) => Math.min(least, height), frames.length ? Infinity : 0);
  link.send('result', 0, text(frames.length, percentile(ages, 0.5), percentile(ages, 0.99), least, side.shared ? 0 : after.cpu - before.cpu));
  await link.wait('bye');
  for (const sink of sinks) sink.stop();
  peers.closeAll();
}

module.exports = { offer, answer };
