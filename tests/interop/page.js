// One peer in a page: what the tests of tests/interop call. `signal(message)` is Python's ear.
"use strict";

let pc;
let polite;
let trickle;
let offering = false;
let ignoring = false;
const tracks = []; // what arrived, in the order of the track events
const channels = []; // what was opened, by either side
const log = []; // what happened
let sent; // for a test to keep tracks in

/** Make the peer. `automatic` has it negotiate whenever that is needed. */
function start(configuration, options) {
  pc = new RTCPeerConnection(configuration);
  polite = options.polite;
  trickle = options.trickle;
  if (trickle) pc.onicecandidate = ({ candidate }) => signal({ candidate: candidate && candidate.toJSON() });
  pc.onconnectionstatechange = () => log.push(`connection ${pc.connectionState}`);
  pc.onsignalingstatechange = () => log.push(`signaling ${pc.signalingState}`);
  pc.ondatachannel = ({ channel }) => keep(channel);
  pc.ontrack = ({ track }) => {
    log.push(`track ${track.kind}`);
    track.onmute = () => log.push(`mute ${track.kind}`);
    track.onended = () => log.push(`ended ${track.kind}`);
    tracks.push(track);
  };
  if (options.automatic) pc.onnegotiationneeded = offer;
}

async function offer() {
  try {
    offering = true;
    await describe();
  } finally {
    offering = false;
  }
}

async function describe() {
  await pc.setLocalDescription();
  if (!trickle) await until(() => pc.iceGatheringState === "complete");
  signal({ description: pc.localDescription.toJSON() });
}

/** The next description of this end with all candidates in it, for a test that carries it itself. */
async function described(change = (sdp) => sdp) {
  const offering = pc.signalingState === "stable";
  const { type, sdp } = await (offering ? pc.createOffer() : pc.createAnswer());
  await pc.setLocalDescription({ type, sdp: change(sdp) });
  await until(() => pc.iceGatheringState === "complete");
  return pc.localDescription.sdp;
}

/** What Python says. Perfect negotiation, as https://w3c.github.io/webrtc-pc/#perfect-negotiation-example has it. */
async function hear({ description, candidate }) {
  if (pc.signalingState === "closed") return;
  if (description) {
    const collision = description.type === "offer" && (offering || pc.signalingState !== "stable");
    ignoring = !polite && collision;
    if (ignoring) return;
    await pc.setRemoteDescription(description);
    if (description.type === "offer") {
      await describe();
    }
    return;
  }
  try {
    await pc.addIceCandidate(candidate);
  } catch (error) {
    if (!ignoring) throw error;
  }
}

/** Send a track; with a codec, in that one, which only the offerer can choose. */
function send(track, codec) {
  const stream = new MediaStream([track]);
  if (!codec) return pc.addTrack(track, stream);
  const transceiver = pc.addTransceiver(track, { streams: [stream] });
  const { codecs } = RTCRtpReceiver.getCapabilities(track.kind);
  transceiver.setCodecPreferences(codecs.filter((each) => each.mimeType === `${track.kind}/${codec}`));
  return transceiver.sender;
}

/** Until a condition holds; Playwright's own limit ends a wait in vain. */
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

// Video

/** A track that shows `regions`, [x, y, width, height, colour], again and again. */
function painting(width, height, regions, rate = 30) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const paint = () => {
    for (const [x, y, w, h, [r, g, b]] of regions) {
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect(x, y, w, h);
    }
  };
  paint();
  const track = canvas.captureStream(rate).getVideoTracks()[0];
  const timer = setInterval(() => (track.readyState === "live" ? paint() : clearInterval(timer)), 1000 / rate);
  return track;
}

function element(track) {
  if (!track.element) {
    track.element = Object.assign(document.createElement(track.kind), { autoplay: true, muted: true });
    track.element.srcObject = new MediaStream([track]);
    document.body.append(track.element);
  }
  return track.element;
}

/** The next picture of a track that arrived, as RGBA in base64. */
async function picture(track) {
  const video = element(track);
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  const [width, height] = [video.videoWidth, video.videoHeight];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, rgba: base64(data) };
}

function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}

// Audio

let audio;

/** A track with a tone in each channel. */
function tone(...frequencies) {
  audio ??= new AudioContext({ sampleRate: 48000 });
  const end = new MediaStreamAudioDestinationNode(audio, { channelCount: frequencies.length });
  const merger = new ChannelMergerNode(audio, { numberOfInputs: frequencies.length });
  frequencies.forEach((frequency, channel) => {
    const oscillator = new OscillatorNode(audio, { frequency });
    oscillator.connect(new GainNode(audio, { gain: 0.5 })).connect(merger, 0, channel);
    oscillator.start();
  });
  merger.connect(end);
  return end.stream.getAudioTracks()[0];
}

/** The loudest frequency in a channel of a track that arrived, in Hz, and its level in dB. */
async function listen(track, channel = 0) {
  audio ??= new AudioContext({ sampleRate: 48000 });
  element(track); // Chromium plays for WebAudio only what an element plays
  if (!track.analysers) {
    const splitter = new ChannelSplitterNode(audio, { numberOfOutputs: 2 });
    new MediaStreamAudioSourceNode(audio, { mediaStream: new MediaStream([track]) }).connect(splitter);
    track.analysers = [0, 1].map((output) => {
      const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
      splitter.connect(analyser, output);
      return analyser;
    });
  }
  const analyser = track.analysers[channel];
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  await new Promise((resolve) => setTimeout(resolve, 50));
  analyser.getFloatFrequencyData(spectrum);
  const bin = spectrum.indexOf(Math.max(...spectrum));
  return { frequency: (bin * audio.sampleRate) / analyser.fftSize, level: spectrum[bin] };
}

// Data

/** Remember a channel and all that it receives. */
function keep(channel) {
  channel.binaryType = "arraybuffer";
  channel.received = [];
  channel.onmessage = ({ data }) => channel.received.push(data);
  channel.onclose = () => log.push(`close ${channel.label}`);
  channels.push(channel);
  return channel;
}

/** What a channel received: strings as they are, bytes by length and digest. */
async function received(channel, count) {
  await until(() => channel.received.length >= count);
  return Promise.all(channel.received.splice(0, count).map(async (data) => {
    if (typeof data === "string") return data;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    return { length: data.byteLength, sha256: [...digest].map((b) => b.toString(16).padStart(2, "0")).join("") };
  }));
}

/** Statistics, in plain data. */
const stats = async (of = pc) => [...(await of.getStats()).values()];
