// What two peers tell each other beside the connection; benchmarks/native/link.h says how.
'use strict';

const net = require('net');

// Steps of a measurement, as opposed to what a connection needs to come about.
const STEPS = new Set(['ready', 'go', 'result', 'bye']);

class Link {
  constructor() {
    this.handler = null;
    this.early = [];
    this.steps = [];
    this.waiting = [];
  }

  start(handler) {
    this.handler = handler;
    for (const message of this.early.splice(0)) handler(message);
  }

  // Takes the next step of this type; "bye" ends every waiting.
  async wait(type) {
    for (;;) {
      const found = this.steps.findIndex((message) => message.type === type || message.type === 'bye');
      if (found >= 0) return this.steps.splice(found, 1)[0];
      await new Promise((resolve) => this.waiting.push(resolve));
    }
  }

  deliver(message) {
    if (STEPS.has(message.type)) {
      this.steps.push(message);
      for (const resolve of this.waiting.splice(0)) resolve();
    } else if (this.handler) {
      this.handler(message);
    } else {
      this.early.push(message);
    }
  }
}

class MemoryLink extends Link {
  send(type, index = 0, text = '') {
    this.other.deliver({ type, index, text });
  }
}

class SocketLink extends Link {
  constructor(fd) {
    super();
    this.bytes = Buffer.alloc(0);
    this.socket = new net.Socket({ fd, readable: true, writable: true });
    this.socket.on('data', (data) => this.read(data));
    this.socket.on('end', () => this.deliver({ type: 'bye', index: 0, text: '' }));
    this.socket.on('error', () => {});
  }

  send(type, index = 0, text = '') {
    const data = Buffer.from(text);
    this.socket.write(Buffer.concat([Buffer.from(`${type} ${index} ${data.length}\n`), data]));
  }

  close() {
    return new Promise((resolve) => this.socket.end(resolve));
  }

  read(data) {
    this.bytes = Buffer.concat([this.bytes, data]);
    for (let newline; (newline = this.bytes.indexOf(10)) >= 0; ) {
      const [type, index, length] = this.bytes.toString('latin1', 0, newline).split(' ');
      const end = newline + 1 + Number(length);
      if (this.bytes.length < end) return;
      const text = this.bytes.toString('utf8', newline + 1, end);
      this.bytes = this.bytes.subarray(end);
      this.deliver({ type, index: Number(index), text });
    }
  }
}

function pair() {
  const one = new MemoryLink();
  const two = new MemoryLink();
  one.other = two;
  two.other = one;
  return [one, two];
}

module.exports = { connect: (fd) => new SocketLink(fd), pair };
