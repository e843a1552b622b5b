// The points of one chart: what came before, asked for once, and then what each tick tells.

import { isAverage, isDistribution, isRate } from "./field.js";
import { plotted } from "./units.js";

/** Points of a chart at most, so that each column of a heat map can be seen. */
const COLUMNS = 300;
export const QUANTILES = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99]];

/** Seconds between two points of a chart of `range` seconds; undefined: as often as they are taken. */
export function stepFor(range, interval) {
  const step = Math.ceil(range / COLUMNS);
  return step > interval ? step : undefined;
}

/**
 * The value below which the share `q` of the values in these buckets stays: the upper bound of its bucket, or, of one
 * that has no end, the lower one.
 */
function quantile(buckets, q) {
  const count = buckets.reduce((sum, [, , more]) => sum + more, 0);
  const rank = Math.max(1, Math.ceil(q * count));
  let seen = 0;
  for (const [low, high, more] of buckets) {
    seen += more;
    if (seen >= rank) return high ?? low;
  }
  return null;
}

/** The buckets of a heat map that have values at a time. */
function bucketsAt(heat, index) {
  const counts = heat?.counts[index] ?? [];
  return counts.map((count, bucket) => [...heat.bounds[bucket], count]).filter(([, , count]) => count > 0);
}

function merged(buckets, others) {
  const all = new Map(buckets.map((bucket) => [bucket[0], [...bucket]]));
  for (const [low, high, count] of others) {
    const bucket = all.get(low);
    if (bucket) bucket[2] += count;
    else all.set(low, [low, high, count]);
  }
  return [...all.values()].sort(([a], [b]) => a - b);
}

/**
 * Times and values, oldest first. Values of a distribution are its quantiles. The newest point grows until
 * it stands for as long a time as the others.
 */
export class Samples {
  /** @param series one series of a history */
  constructor(series) {
    /** Seconds from one tick to the next. */
    this.interval = series.interval;
    this.step = series.step;
    this.isDistribution = isDistribution(series);
    this.isAverage = isAverage(series);
    this.isRate = isRate(series);
    /** Values of a histogram are whole: a bucket ends where the next one begins, one further. */
    this.one = series.kind === "timer" ? 1e-9 : 1;
    /** Of a distribution: from here on a quantile is only a lower bound; null if none is. */
    this.openFrom = series.quantiles?.open_from ?? null;
    this.times = [];
    /** A list of numbers for each line. */
    this.lines = this.isDistribution ? QUANTILES.map(() => []) : [[]];
    /** Of a distribution: for each time the buckets that have values, `[low, high, count]`. */
    this.buckets = [];
    /** Of a distribution: how many values came in a second. */
    this.rates = [];
    /** How many ticks the newest point stands for. */
    this.weight = 1;
    /** Of an average: how many values the newest point is the mean of. */
    this.count = series.count?.at(-1) ?? 0;
    /** The time of the newest tick that is in it. */
    this.upTo = series.time;
    this.takeHistory(series);
  }

  /** Whether `number`, of a line, is only a lower bound of the quantile that is meant. */
  isAtLeast(number) {
    return this.openFrom !== null && typeof number === "number" && number >= this.openFrom;
  }

  takeHistory(series) {
    const count = (this.isDistribution ? series.count : series.values)?.length ?? 0;
    if (count === 0) return;
    this.times = Array.from({ length: count }, (_, index) => series.start + index * this.step);
    this.weight = Math.max(1, Math.round((series.time - this.times.at(-1)) / this.interval) + 1);
    if (!this.isDistribution) {
      this.lines = [series.values.map(plotted)];
      return;
    }
    this.lines = QUANTILES.map(([name]) => series.quantiles[name].map(plotted));
    const seconds = (index) => (index + 1 < count ? this.step : this.weight * this.interval);
    this.rates = series.count.map((values, index) => (values === null ? null : values / seconds(index)));
    this.buckets = series.count.map((_, index) => bucketsAt(series.heat, index));
  }

  /** Takes in the newest point, unless it is in it already. */
  add(point, time) {
    if (time <= this.upTo) return;
    this.upTo = time;
    const last = this.times.at(-1);
    const isSame = last !== undefined && time < last + this.step - this.interval / 2;
    if (isSame) this.weight += 1;
    else {
      this.weight = 1;
      this.count = 0;
      // In step with the others, unless there was nothing for a while.
      this.times.push(last !== undefined && time < last + 2 * this.step ? last + this.step : time);
    }
    const index = this.times.length - 1;
    if (this.isDistribution) this.addDistribution(point, index, isSame);
    else this.lines[0][index] = this.added(this.lines[0][index], point);
  }

  addDistribution(point, index, isSame) {
    const values = point.count?.[0] ?? null;
    this.buckets[index] = merged((isSame && this.buckets[index]) || [], bucketsAt(point.heat, 0));
    this.rates[index] = this.mean(this.rates[index], values === null ? null : values / this.interval);
    QUANTILES.forEach(([, q], line) => {
      this.lines[line][index] = quantile(this.buckets[index], q);
    });
  }

  /** The newest point, `before`, with what came since: averages weigh as much as they have values. */
  added(before, point) {
    const value = plotted(point.values?.[0] ?? null);
    if (this.isRate) return this.mean(before, value);
    if (!this.isAverage) return value;
    const count = point.count?.[0] ?? 0;
    this.count += count;
    if (value === null || count === 0) return before ?? null;
    return typeof before === "number" ? before + ((value - before) * count) / this.count : value;
  }

  /** The mean of the newest point's ticks, of which `value` is one more. */
  mean(before, value) {
    if (typeof before !== "number" || value === null) return value ?? before ?? null;
    return before + (value - before) / this.weight;
  }

  /** Forgets what is older than `time`. */
  forgetBefore(time) {
    const count = this.times.findIndex((at) => at >= time);
    if (count <= 0) return;
    for (const list of [this.times, ...this.lines, this.buckets, this.rates]) list.splice(0, count);
  }

  /** The least, the mean and the largest of a line's numbers; null if it has none. */
  summary(line) {
    const numbers = this.lines[line].filter((number) => number !== null);
    if (numbers.length === 0) return null;
    const sum = numbers.reduce((all, number) => all + number, 0);
    const least = numbers.reduce((all, number) => Math.min(all, number));
    const largest = numbers.reduce((all, number) => Math.max(all, number));
    return [["min", least], ["mean", sum / numbers.length], ["max", largest]];
  }
}
