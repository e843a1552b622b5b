// The drawing of a chart, by uPlot: lines over time, and behind those of a distribution its heat map.

import uPlot from "./uplot/uPlot.esm.js";
import { colour } from "./colours.js";
import { drawHeat } from "./heat.js";
import { axisLabels, axisSteps, powerLabels } from "./units.js";

const FONT = "12px system-ui, sans-serif";
const CHARACTER = 6.6;

/** The names of the colours of a chart's lines. */
const LINE_COLOURS = { one: ["line"], many: ["line-p50", "line-p90", "line-p99"] };

/** The length of a scale between numbers of this size is a number still. */
const LARGEST = Number.MAX_VALUE / 4;

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
    return [low === 0 ? 0 : low - room, max + room].map((end) => Math.max(-LARGEST, Math.min(LARGEST, end)));
  };
}

/** The least and the largest value of all buckets, on a scale of powers, where zero stands half a value from none. */
function extent({ buckets, one }) {
  let [low, high] = [Infinity, 0];
  for (const column of buckets) {
    for (const [from, to] of column) {
      low = Math.min(low, from > 0 ? from : one / 2);
      // What has no end is drawn as far as twice its start.
      high = Math.max(high, (to ?? 2 * from) + one);
    }
  }
  return high > 0 ? [low, high] : [one, 10 * one];
}

/** Round numbers on a scale of powers, few enough to be read, of which the first and the last enclose all values. */
function marks([low, high], unit) {
  const base = unit === "bytes" ? 2 : 10;
  const [first, last] = [low, high].map((value) => Math.log(value) / Math.log(base));
  const stride = Math.max(1, Math.ceil((last - first) / 5));
  const digits = base === 10 && last - first < 2 ? [1, 2, 5] : [1];
  const all = [];
  for (let power = Math.floor(first / stride) * stride; power <= last + stride; power += stride) {
    all.push(...digits.map((digit) => (base === 10 ? Number(`${digit}e${power}`) : base ** power)));
  }
  return all.slice(all.findLastIndex((value) => value <= low), all.findIndex((value) => value >= high) + 1);
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
    const round = () => marks(extent(samples), look.unit);
    const labels = (_, values) => (isLog ? powerLabels(values, look.unit, samples.one) : axisLabels(values, look.unit, look.isRate));
    return {
      legend: { show: false },
      // On the right there is room for half of a time.
      padding: [8, 26, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: TOGETHER.key }, points: { size: 6 } },
      scales: {
        x: { time: true, range: () => this.range },
        y: isLog ? { distr: 3, range: () => [round()[0], round().at(-1)], clamp: (_, value, min) => min } : { range: linear(look.isRate) },
      },
      axes: [
        { ...axis, size: 28, space: 70, values: (_, times) => times.map((time, index) => timeMark(time, times[index - 1])) },
        { ...axis, size: (_, values) => 14 + CHARACTER * Math.max(4, ...(values ?? []).map((value) => value.length)), space: 34, values: labels, ...(isLog ? { splits: round, filter: (_, all) => all } : { incrs: axisSteps(look.unit) }) },
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
