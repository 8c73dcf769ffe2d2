// The page's side: its camera goes to Python and comes back; chat, and statistics of both sides.
"use strict";

const $ = (id) => document.getElementById(id);
const charts = {
  bitrate: new Chart($("bitrate"), "Video sent", "kbit/s"),
  frames: new Chart($("frames"), "Pictures sent", "a second"),
  roundtrip: new Chart($("roundtrip"), "There and back", "ms"),
};

const pc = new RTCPeerConnection();
const chat = pc.createDataChannel("chat");
const control = pc.createDataChannel("control");

// Signalling: perfect negotiation, of which this is the polite side
// (https://w3c.github.io/webrtc-pc/#perfect-negotiation-example).

const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/signal`);
const tell = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
const connected = new Promise((resolve) => (socket.onopen = resolve));

pc.onicecandidate = ({ candidate }) => tell({ candidate });
pc.onnegotiationneeded = async () => {
  await connected;
  await pc.setLocalDescription();
  tell({ description: pc.localDescription });
};

// One after the other: a description takes its time, and the candidates are for it.
let hearing = Promise.resolve();
socket.onmessage = ({ data }) => (hearing = hearing.then(() => hear(JSON.parse(data))));

async function hear({ description, candidate }) {
  if (description) {
    await pc.setRemoteDescription(description); // rolls an offer of ours back, if need be
    if (description.type === "offer") {
      await pc.setLocalDescription();
      tell({ description: pc.localDescription });
    }
  } else {
    await pc.addIceCandidate(candidate);
  }
}

pc.onconnectionstatechange = () => show(pc.connectionState);
socket.onclose = () => {
  pc.close();
  show("the server has gone");
  for (const each of document.querySelectorAll("button, input, select")) each.disabled = true;
};

function show(state) {
  $("state").textContent = state;
  $("state").classList.toggle("connected", state === "connected");
}

// The camera

let transceiver;

$("start").onclick = async () => {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  } catch (error) {
    say(`the camera cannot be used: ${error.message}`, "page");
    return;
  }
  if (pc.signalingState === "closed") {
    for (const track of stream.getTracks()) track.stop(); // too late
    return;
  }
  $("camera").srcObject = stream;
  const [track] = stream.getVideoTracks();
  if (transceiver) {
    // Started again: no negotiation is needed for another track.
    await transceiver.sender.replaceTrack(track);
  } else {
    transceiver = pc.addTransceiver(track, { streams: [stream] });
  }
  $("start").disabled = true;
  $("stop").disabled = false;
};

$("stop").onclick = async () => {
  for (const track of $("camera").srcObject.getTracks()) track.stop();
  $("camera").srcObject = null;
  await transceiver.sender.replaceTrack(null);
  $("start").disabled = false;
  $("stop").disabled = true;
};

pc.ontrack = ({ track }) => ($("processed").srcObject = new MediaStream([track]));

const choose = () => control.send(JSON.stringify({ effect: $("effect").value }));
$("effect").onchange = () => control.readyState === "open" && choose();
control.onopen = choose;

// The chat

function say(text, who) {
  const entry = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = `${who}: `;
  entry.className = who;
  entry.append(name, text);
  $("messages").append(entry);
  entry.scrollIntoView({ block: "nearest" });
}

const me = `visitor ${Math.floor(1000 * Math.random())}`;

chat.onopen = () => {
  for (const each of $("say").elements) each.disabled = false;
};
chat.onmessage = ({ data }) => {
  const at = data.indexOf(": ");
  say(data.slice(at + 2), data.slice(0, at));
};
$("say").onsubmit = (event) => {
  event.preventDefault();
  if ($("text").value && chat.readyState === "open") chat.send(`${me}: ${$("text").value}`);
  $("text").value = "";
};

// Statistics: totals of both sides, once a second; a chart shows what has been added since.

const before = {};

function chart(side, { timestamp, bytes, frames, roundTrip }) {
  const last = before[side];
  before[side] = { timestamp, bytes, frames };
  if (!last || timestamp <= last.timestamp) return;
  const milliseconds = timestamp - last.timestamp;
  charts.bitrate.add(side, (8 * (bytes - last.bytes)) / milliseconds);
  charts.frames.add(side, (1000 * (frames - last.frames)) / milliseconds);
  charts.roundtrip.add(side, 1000 * roundTrip);
}

control.onmessage = ({ data }) => chart("python", JSON.parse(data));

setInterval(async () => {
  if (pc.connectionState !== "connected") return;
  const totals = { bytes: 0, frames: 0, roundTrip: 0 };
  for (const stats of (await pc.getStats()).values()) {
    totals.timestamp = stats.timestamp;
    if (stats.type === "outbound-rtp" && stats.kind === "video") {
      totals.bytes += stats.bytesSent;
      totals.frames += stats.framesEncoded ?? 0;
    } else if (stats.type === "candidate-pair" && stats.nominated) {
      totals.roundTrip = stats.currentRoundTripTime ?? 0;
    }
  }
  chart("browser", totals);
}, 1000);
