// What a process used, percentiles, and times on which both sides agree.
'use strict';

const fs = require('fs');

// Seconds of CLOCK_MONOTONIC, which all processes of a machine share.
const now = () => Number(process.hrtime.bigint()) * 1e-9;

function moment() {
  const { user, system } = process.cpuUsage();
  return { time: now(), cpu: (user + system) * 1e-6 };
}

const residentKilobytes = () => process.memoryUsage.rss() / 1024;
const threadCount = () => fs.readdirSync('/proc/self/task').length;
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000)));
const sleepUntil = (time) => sleep(time - now());

function percentile(values, fraction) {
  const ordered = [...values].sort((a, b) => a - b);
  return ordered.length ? ordered[Math.floor(fraction * (ordered.length - 1) + 0.5)] : 0;
}

const text = (...numbers) => numbers.map((number) => number.toFixed(9)).join(' ');
const numbers = (string) => string.split(' ').filter(Boolean).map(Number);
const result = (what, values) => ({ case: what, values });

module.exports = {
  moment, now, numbers, percentile, residentKilobytes, result, sleep, sleepUntil, text, threadCount,
};
