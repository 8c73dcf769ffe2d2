// One side of a measurement: its end of the link, its connections.
'use strict';

const { sleep } = require('./measure.js');

class Options {
  constructor(words) {
    this.values = new Map(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
  }

  text(name, fallback) {
    return this.values.get(name) ?? fallback;
  }

  number(name, fallback) {
    return Number(this.values.get(name) ?? fallback);
  }

  integer(name, fallback) {
    return Math.trunc(this.number(name, fallback));
  }

  list(name, fallback) {
    return this.text(name, fallback).split(',');
  }
}

class Side {
  constructor(wrtc, link, options, shared, modules) {
    Object.assign(this, { wrtc, link, options, shared, modules });
  }
}

// A connection with its signalling.
class Peer {
  constructor(side, index) {
    this.side = side;
    this.index = index;
    this.trickle = side.options.integer('trickle', 1) !== 0;
    this.munge = (sdp) => sdp;
    this.onChannel = () => {};
    this.onTrack = () => {};
    this.described = false;
    this.closed = false;
    this.candidates = [];
    const pc = (this.pc = new side.wrtc.RTCPeerConnection());
    pc.onicecandidate = ({ candidate }) => {
      if (!this.trickle || !candidate || !candidate.candidate) return;
      const message = `${candidate.sdpMid}\n${candidate.sdpMLineIndex}\n${candidate.candidate}`;
      if (this.described) side.link.send('candidate', index, message);
      else this.candidates.push(message);
    };
    pc.ondatachannel = ({ channel }) => this.onChannel(channel);
    pc.ontrack = ({ track }) => this.onTrack(track);
  }

  offer() {
    return this.setLocal();
  }

  async onMessage({ type, text }) {
    try {
      if (type === 'candidate') {
        const [mid, line, candidate] = text.split('\n');
        await this.pc.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: Number(line) });
        return;
      }
      await this.pc.setRemoteDescription({ type, sdp: text });
      if (type === 'offer') await this.setLocal();
    } catch (error) {
      if (!this.closed) throw error;
    }
  }

  async setLocal() {
    const { pc } = this;
    await pc.setLocalDescription(pc.signalingState === 'stable' ? await pc.createOffer() : await pc.createAnswer());
    if (!this.trickle && pc.iceGatheringState !== 'complete') {
      await new Promise((resolve) => {
        pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve();
      });
    }
    const { type, sdp } = pc.localDescription;
    this.side.link.send(type, this.index, this.munge(sdp));
    this.described = true;
    for (const message of this.candidates.splice(0)) this.side.link.send('candidate', this.index, message);
  }

  close() {
    this.closed = true;
    this.pc.close();
  }
}

// The connections of a side.
class Peers {
  constructor(side, made = () => {}) {
    this.side = side;
    this.peers = new Map();
    side.link.start((message) => {
      let peer = this.peers.get(message.index);
      if (message.type === 'close') {
        if (peer) peer.close();
        this.peers.delete(message.index);
        return;
      }
      if (!peer) {
        if (message.type !== 'offer') return;
        peer = this.make(message.index);
        made(peer);
      }
      peer.onMessage(message);
    });
  }

  make(index) {
    const peer = new Peer(this.side, index);
    this.peers.set(index, peer);
    return peer;
  }

  close(index) {
    this.side.link.send('close', index);
    this.peers.get(index).close();
    this.peers.delete(index);
  }

  closeAll() {
    this.side.link.start(() => {});
    for (const peer of this.peers.values()) peer.close();
  }
}

async function opened(channel) {
  if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve));
}

const HIGH = 1 << 20;

// As many as the buffer takes, again when half has left: it has no bufferedamountlow, so it is looked at.
async function flood(channel, payload, flag) {
  while (flag.running) {
    for (let i = Math.max(1, Math.floor((HIGH - channel.bufferedAmount) / payload.length)); i > 0; i--) channel.send(payload);
    do await new Promise(setImmediate);
    while (channel.bufferedAmount > HIGH / 2);
  }
}

async function drained(channel) {
  while (channel.bufferedAmount) await sleep(0.005);
}

module.exports = { Options, Peers, Side, drained, flood, opened };
