// The drawing of a chart, by uPlot: lines over time, and behind those of a distribution its heat map.

import uPlot from "./uplot/uPlot.esm.js";
import { colour } from "./colours.js";
import { drawHeat } from "./heat.js";
import { axisLabels, axisSteps, powerLabels } from "./units.js";

const FONT = "12px system-ui, sans-serif";
const CHARACTER = 6.6;

/** The names of the colours of a chart's lines. */
const LINE_COLOURS = { one: ["line"], many: ["line-p50", "line-p90", "line-p99"] };

/** Whoever points at one chart sees the same time in all. */
const TOGETHER = uPlot.sync("mmash");

/** Whether points are so few that a line alone could not be seen. */
function isScarce(plot, line, first, last) {
  return last - first < 8;
}

/** A scale with room above the values. It begins at zero, but for gauges that change little at some height. */
function linear(isRate) {
  return (_, min, max) => {
    if (min === null || min === undefined) return [0, 1];
    const low = min >= 0 && (isRate || min < max * 0.8) ? 0 : min;
    const room = (max - low) * 0.08 || Math.abs(max) * 0.1 || 1;
    return [low === 0 ? 0 : low - room, max + room];
  };
}

/** A scale of powers around all buckets. */
function powers(samples) {
  let [low, high] = [Infinity, 0];
  for (const column of samples.buckets) {
    for (const [from, to] of column) {
      if (from > 0 || to > 0) low = Math.min(low, from > 0 ? from : to / 2);
      high = Math.max(high, to + samples.one);
    }
  }
  return high > 0 ? [low, high > low ? high : low * 2] : [1, 10];
}

/** Round numbers on a scale of powers, few enough to be read. */
function marks(min, max, unit) {
  const base = unit === "bytes" ? 2 : 10;
  const [low, high] = [min, max].map((value) => Math.log(value) / Math.log(base));
  const stride = Math.max(1, Math.ceil((high - low) / 5));
  const all = [];
  for (let power = Math.floor(low / stride) * stride; power <= high; power += stride) {
    const digits = base === 10 && high - low < 2 ? [1, 2, 5] : [1];
    all.push(...digits.map((digit) => digit * base ** power));
  }
  return all.filter((value) => value >= min && value <= max);
}

/** A chart of `samples` in the element `place`. */
export class Plot {
  constructor(place, samples, { unit, isRate, onPoint }) {
    this.place = place;
    this.samples = samples;
    this.look = { unit, isRate, onPoint };
    this.range = [0, 1];
    this.make();
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(place);
  }

  make() {
    this.uplot?.destroy();
    this.uplot = new uPlot({ ...this.options(), ...this.size() }, this.data(), this.place);
  }

  options() {
    const { samples, look } = this;
    const names = samples.isDistribution ? LINE_COLOURS.many : LINE_COLOURS.one;
    const isLog = samples.isDistribution;
    const axis = { font: FONT, stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false } };
    const labels = (_, values) => (isLog ? powerLabels(values, look.unit) : axisLabels(values, look.unit, look.isRate));
    return {
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: TOGETHER.key }, points: { size: 6 } },
      scales: {
        x: { time: true, range: () => this.range },
        y: isLog ? { distr: 3, range: () => powers(samples) } : { range: linear(look.isRate) },
      },
      axes: [
        { ...axis, size: 28, space: 70, values: (_, times) => times.map((time, index) => timeMark(time, times[index - 1])) },
        { ...axis, size: (_, values) => 14 + CHARACTER * Math.max(4, ...(values ?? []).map((value) => value.length)), space: 34, values: labels, ...(isLog ? { splits: (_, index, min, max) => marks(min, max, look.unit), filter: (_, all) => all } : { incrs: axisSteps(look.unit) }) },
      ],
      series: [{}, ...names.map((name, index) => ({ stroke: colour(name), width: 1.5, dash: DASHES[names.length > 1 ? index : 0], spanGaps: false, points: { show: isScarce, size: 4 }, ...(isLog ? {} : { fill: colour("area") }) }))],
      hooks: {
        drawAxes: isLog ? [(plot) => drawHeat(plot, samples)] : [],
        setCursor: [(plot) => look.onPoint(plot.cursor.idx ?? null)],
      },
    };
  }

  data() {
    return [this.samples.times, ...this.samples.lines];
  }

  /** Draws what there is from one time to another. */
  draw(from, to) {
    this.range = [from, to];
    this.uplot.setData(this.data());
  }

  /** As large as the style sheet makes the place. */
  size() {
    return { width: Math.max(this.place.clientWidth, 120), height: Math.max(this.place.clientHeight, 80) };
  }

  fit() {
    const { width, height } = this.size();
    if (width !== this.uplot.width || height !== this.uplot.height) this.uplot.setSize({ width, height });
  }

  destroy() {
    this.sizes.disconnect();
    this.uplot.destroy();
  }
}

/** Lines are told apart by more than their colours. */
const DASHES = [undefined, [6, 3], [2, 2]];

/** The hour and minute of a mark of the axis; the second where marks are closer than minutes. */
function timeMark(time, before) {
  const at = new Date(time * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const seconds = at.getSeconds() > 0 || (before !== undefined && time - before < 60) ? `:${two(at.getSeconds())}` : "";
  return `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}
