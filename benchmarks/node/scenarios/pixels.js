// A picture becomes I420 and I420 a picture: the two conversions that it has.
'use strict';

const { now, percentile, result } = require('../measure.js');

function medianMs(seconds, convert) {
  convert();
  const times = [];
  for (const end = now() + seconds; now() < end; ) {
    const start = now();
    convert();
    times.push(now() - start);
  }
  return 1000 * percentile(times, 0.5);
}

async function offer(side) {
  const { i420ToRgba, rgbaToI420 } = side.wrtc.nonstandard;
  const [width, height] = [side.options.integer('width', 1920), side.options.integer('height', 1080)];
  const seconds = side.options.number('seconds', 0.2);
  const rgba = { width, height, data: new Uint8ClampedArray(width * height * 4).map((_, i) => (i * 31) & 255) };
  const i420 = { width, height, data: new Uint8ClampedArray((width * height * 3) / 2) };
  return [result({ format: 'rgba', width, height }, {
    in_ms: medianMs(seconds, () => rgbaToI420(rgba, i420)),
    out_ms: medianMs(seconds, () => i420ToRgba(i420, rgba)),
  })];
}

module.exports = { offer, answer: async () => {} };
