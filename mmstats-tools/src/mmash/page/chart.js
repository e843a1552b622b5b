// A card with one live chart: what the field is, what it was, what it is now; and the same as a table.

import { curl, history, historyPath } from "./api.js";
import { asker } from "./asking.js";
import { copy, element, fromTemplate, setClipped, setLabel, setText, visibleName } from "./dom.js";
import { currentOf, isAverage, isRate, isSameField, numberOf, ownerOf, partsOf } from "./field.js";
import { toggleChart } from "./link.js";
import { Plot } from "./plot.js";
import { ChartTable } from "./table.js";
import { QUANTILES, Samples, stepFor } from "./samples.js";
import { clockOf, needsToken } from "./stream.js";
import { clock, scaled, shown, shownBound } from "./units.js";

/** Cards that can be seen: others are drawn when they come into view. */
const views = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const chart = charts.get(target);
    if (chart) chart.setVisible(isIntersecting);
  }
});
const charts = new WeakMap();

export class Chart {
  constructor(series, range) {
    this.series = series;
    this.range = range;
    /** What came while the history was asked for. */
    this.waiting = [];
    /** Of an average without a history: what it came to at the last tick. */
    this.total = null;
    /** Whether the history could not be had, and is to be asked for again. */
    this.isDue = true;
    const { root, parts } = fromTemplate("chart-card");
    this.root = root;
    this.parts = parts;
    this.table = new ChartTable(parts);
    this.history = asker({ hear: (answer) => this.take(answer), fail: (error) => this.fail(error) });
    this.isVisible = true;
    charts.set(root, this);
    views.observe(root);
    parts.remove.addEventListener("click", () => toggleChart(series));
    parts.curl.addEventListener("click", () => copy(curl(historyPath(this.series, this.range, this.step()), needsToken()), "The command"));
    parts.details.addEventListener("toggle", () => this.drawTable());
    this.describe(partsOf(series));
    this.load();
  }

  step() {
    return stepFor(this.range, clockOf.interval);
  }

  /** Shows another range of time. */
  setRange(range) {
    if (range === this.range) return;
    this.range = range;
    this.load();
  }

  setVisible(isVisible) {
    this.isVisible = isVisible;
    if (isVisible) this.draw();
  }

  /** Asks for what came before, of the field `meta`. */
  load(meta = this.meta) {
    const { series, range } = this;
    const step = this.step();
    this.history.ask(JSON.stringify([range, step, meta.kind, meta.unit]), (signal) => history(series, meta, range, step, signal));
  }

  fail({ status, message }) {
    this.isDue = true;
    // It is in the next answer.
    this.waiting = [];
    const isUnknown = status === 404;
    this.say(isUnknown ? "No program has this field now: a chart appears here as soon as one does." : `mmash is asked again, since: ${message}.`, Boolean(this.samples));
  }

  take(meta) {
    this.samples = new Samples(meta);
    this.isDue = false;
    this.total = null;
    this.describe(meta);
    this.plot?.destroy();
    this.say("");
    const look = { unit: meta.unit ?? "", isRate: isRate(meta), onPoint: (index) => this.read(index) };
    this.plot = new Plot(this.parts.plot, this.samples, look);
    for (const [found, time] of this.waiting.splice(0)) this.add(found, time);
    this.draw();
  }

  describe(meta) {
    const { parts } = this;
    this.meta = meta;
    const { name } = meta;
    this.root.dataset.label = name;
    setText(parts.label, name, visibleName);
    setText(parts.of, meta.application ? [ownerOf(meta), meta.kind].filter(Boolean).join(" · ") : "");
    setText(parts.help, meta.help ?? "");
    setText(parts.whose, ` of ${name}`, visibleName);
    setLabel(parts.remove, `Remove the chart of ${name}`, visibleName);
    setLabel(parts.curl, `Copy as curl: ${name}`, visibleName);
    setLabel(parts.region, `Table of ${name}`, visibleName);
    setLabel(parts.plot, `Chart of ${name}; the table below it has the numbers`, visibleName);
  }

  /** Shows a message below the drawing, or in its place. */
  say(message, isDrawn = true) {
    this.parts.plot.hidden = !isDrawn;
    this.parts.message.hidden = message === "";
    setText(this.parts.message, message);
  }

  /**
   * Takes in the newest points of the series: there can be several fields of this name. If the server's clock was set,
   * the times of all earlier points have changed.
   */
  add(found, time, isClockSet = false) {
    const own = found.find((one) => isSameField(one, this.meta));
    // A program's next version may count something else under it.
    const next = found.find((one) => one !== own && one.value !== null);
    const isOver = next && (own?.value ?? null) === null;
    this.now(isOver ? next : own);
    if (isClockSet) {
      // An answer that is under way may be of before.
      this.history.cancel();
      this.waiting = [];
    }
    if (this.history.isAsking()) this.waiting.push([found, time]);
    else if (isOver || isClockSet || (own && this.isDue)) return this.load(isOver ? next : own);
    if (own && this.samples) {
      // What was said of a history that there was not is over.
      if (own.history) this.say("");
      this.samples.add(own.history ? own : this.unkept(own), time);
      this.samples.forgetBefore(time - this.range);
    }
    this.draw();
  }

  /** A point of what mmash does not keep: there is only what it is now. */
  unkept(point) {
    const now = isAverage(point) ? this.meanSince(point.value) : { values: [numberOf(point)] };
    const isDrawn = isRate(point) || isAverage(point) || now.values[0] !== null || this.samples.lines[0].some((before) => before !== null);
    this.say(`mmash keeps no history of this field: ${isDrawn ? "it is drawn from now on." : "there is nothing to draw."}`, isDrawn);
    return { ...point, ...now };
  }

  /** What came to an average, which comes to `value` now, since the last tick. */
  meanSince(value) {
    const before = this.total ?? value;
    this.total = value;
    const count = Math.max(0, (value?.count ?? 0) - (before?.count ?? 0));
    const isKnown = count > 0 && [value, before].every(({ sum }) => typeof sum === "number");
    return { values: [isKnown ? (value.sum - before.sum) / count : null], count: [count] };
  }

  now(point) {
    const { digits, unit } = point ? currentOf(point.history ? this.latest(point) : point) : scaled(null);
    setText(this.parts.digits, digits);
    setClipped(this.parts.unit, unit);
  }

  /** What came in the last interval, as the chart has it. */
  latest(point) {
    const value = point.values?.at(-1) ?? null;
    const count = point.count?.at(-1) ?? null;
    if (isRate(point)) return { ...point, value, rate: value };
    return { ...point, value, rate: count === null ? null : count / clockOf.interval };
  }

  draw() {
    if (!this.plot || !this.isVisible) return;
    const now = clockOf.now || this.samples.upTo;
    this.plot.draw(now - this.range, now);
    this.read(this.plot.uplot.cursor.idx ?? null);
    this.drawTable();
  }

  /** Draws anew in the colours of now. */
  redraw() {
    this.plot?.make();
    this.draw();
  }

  /** Says what the lines are at a point of time: where the pointer is, else the newest, or all at once. */
  read(index) {
    if (!this.samples) return;
    const { times, lines, isDistribution, rates } = this.samples;
    const number = (value) => shown(value ?? null, this.meta.unit ?? "", isRate(this.meta));
    const at = index ?? times.length - 1;
    const quantile = (value) => shownBound(value ?? null, this.meta.unit ?? "", this.samples.isAtLeast(value));
    const quantiles = () => QUANTILES.map(([name], line) => [name, quantile(lines[line][at])]);
    if (index === null) {
      const all = isDistribution ? quantiles() : (this.samples.summary(0) ?? []).map(([name, value]) => [name, number(value)]);
      return this.drawLegend(all);
    }
    const here = isDistribution ? [...quantiles(), ["values", shown(rates[at] ?? null, "", true)]] : [["value", number(lines[0][at])]];
    this.drawLegend([...here, ["at", clock(times[at])]]);
  }

  drawLegend(texts) {
    const { legend } = this.parts;
    const key = texts.map(([name]) => name).join();
    if (legend.dataset.key !== key) {
      legend.dataset.key = key;
      legend.replaceChildren(...texts.map(([name]) => {
        const entry = element("span", "", `entry ${name}`);
        entry.append(element("span", name, "of"), element("span", "", "current"));
        return entry;
      }));
    }
    texts.forEach(([, text], index) => setText(legend.children[index].lastChild, text));
  }

  drawTable() {
    if (this.parts.details.open && this.samples) this.table.draw(this.samples, this.meta);
  }

  destroy() {
    this.history.cancel();
    views.unobserve(this.root);
    this.plot?.destroy();
    this.root.remove();
  }
}
