// A chart of the last minute: one line for each side of the connection, drawn on a canvas.
"use strict";

const SPAN = 60; // seconds
const SIDES = { browser: "Browser", python: "Python" };

class Chart {
  constructor(canvas, title, unit) {
    this.canvas = canvas;
    this.title = title;
    this.unit = unit;
    this.points = { browser: [], python: [] };
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** A new value of a side, and what is older than the chart forgotten. */
  add(side, value) {
    const now = performance.now() / 1000;
    this.points[side].push([now, value]);
    this.points[side] = this.points[side].filter(([time]) => time > now - SPAN);
    this.draw();
  }

  draw() {
    const ratio = devicePixelRatio;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.font = `13px ${getComputedStyle(this.canvas).fontFamily}`;

    context.fillStyle = colour("ink");
    context.fillText(`${this.title}, ${this.unit}`, 0, 13);
    this.#legend(context, colour);

    const [left, top, right, bottom] = [48, 52, width - 4, height - 8];
    const greatest = nice(Math.max(1, ...Object.values(this.points).flat().map(([, value]) => value)));
    const y = (value) => bottom - ((bottom - top) * value) / greatest;
    context.lineWidth = 1;
    context.textAlign = "right";
    for (const value of [0, greatest / 2, greatest]) {
      context.strokeStyle = colour("line");
      context.beginPath();
      context.moveTo(left, Math.round(y(value)) + 0.5);
      context.lineTo(right, Math.round(y(value)) + 0.5);
      context.stroke();
      context.fillStyle = colour("muted");
      context.fillText(value.toLocaleString(), left - 8, y(value) + 4);
    }

    const now = performance.now() / 1000;
    context.lineWidth = 2;
    context.lineJoin = "round";
    for (const side of Object.keys(SIDES)) {
      context.strokeStyle = colour(side);
      context.beginPath();
      for (const [time, value] of this.points[side]) {
        context.lineTo(right - ((now - time) / SPAN) * (right - left), y(value));
      }
      context.stroke();
    }
    context.textAlign = "left";
  }

  /** Which line is whose, with the newest value. */
  #legend(context, colour) {
    let x = 0;
    for (const [side, name] of Object.entries(SIDES)) {
      const newest = this.points[side].at(-1)?.[1];
      const text = newest === undefined ? name : `${name} ${shown(newest)}`;
      context.fillStyle = colour(side);
      context.fillRect(x, 30, 12, 3);
      context.fillStyle = colour("second");
      context.fillText(text, x + 18, 36);
      x += 18 + context.measureText(`${name} 00000`).width + 16;
    }
  }
}

const shown = (value) => value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });

/** The least of 1, 2, 5, 10, 20, 50 ... that is not below a value. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((each) => each >= value);
}
