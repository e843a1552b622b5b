// A card with one live chart: what the field is, what it was, what it is now; and the same as a table.

import { curl, history, historyPath } from "./api.js";
import { copy, element, fromTemplate, setText } from "./dom.js";
import { currentOf, isRate, nameOf, ownerOf, partsOf } from "./field.js";
import { toggleChart } from "./link.js";
import { Plot } from "./plot.js";
import { QUANTILES, Samples, stepFor } from "./samples.js";
import { clockOf } from "./stream.js";
import { clock, scaled, shown } from "./units.js";

/** Rows of the table: the newest, as many as one reads. */
const ROWS = 60;

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
    const { root, parts } = fromTemplate("chart-card");
    this.root = root;
    this.parts = parts;
    this.isVisible = true;
    charts.set(root, this);
    views.observe(root);
    parts.remove.addEventListener("click", () => toggleChart(series));
    parts.curl.addEventListener("click", () => copy(curl(historyPath(this.series, this.range, this.step())), "The command"));
    parts.details.addEventListener("toggle", () => this.drawTable());
    const { name, ...owner } = partsOf(series);
    this.describe({ label: name, ...owner });
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

  /** Asks for what came before. */
  async load() {
    this.request?.abort();
    this.request = new AbortController();
    const { signal } = this.request;
    try {
      const answer = await history(this.series, this.range, this.step(), signal);
      if (signal.aborted) return;
      this.take(answer);
      this.say(answer.history === false ? "mmash keeps no history of this field: there is nothing to draw." : "");
    } catch (error) {
      if (signal.aborted) return;
      this.say(`The server says: ${error.message}. A chart appears here when a program has this field.`);
    }
  }

  take(meta) {
    this.samples = new Samples(meta, clockOf.interval);
    this.describe(meta);
    this.plot?.destroy();
    const look = { unit: meta.unit ?? "", isRate: isRate(meta), onPoint: (index) => this.read(index) };
    this.plot = new Plot(this.parts.plot, this.samples, look);
    this.draw();
  }

  describe(meta) {
    const { parts } = this;
    this.meta = meta;
    const name = nameOf(meta);
    this.root.dataset.label = name;
    setText(parts.label, name);
    setText(parts.of, meta.application ? [ownerOf(meta), meta.kind].filter(Boolean).join(" · ") : "");
    setText(parts.help, meta.help ?? "");
    parts.remove.setAttribute("aria-label", `Remove the chart of ${name}`);
    parts.curl.setAttribute("aria-label", `Copy as curl: ${name}`);
    parts.region.setAttribute("aria-label", `Table of ${name}`);
    parts.plot.setAttribute("aria-label", `Chart of ${name}; the table below it has the numbers`);
  }

  /** Shows a message in the drawing's place; none gives it back. */
  say(message) {
    this.parts.plot.hidden = message !== "";
    this.parts.message.hidden = message === "";
    setText(this.parts.message, message);
  }

  /** Takes in the newest point, if the server had one. */
  add(point, time) {
    this.now(point);
    if (point?.history) {
      this.say("");
      if (!this.samples) this.take(point);
      this.samples.add(point, time);
      this.samples.forgetBefore(time - this.range);
    }
    this.draw();
  }

  now(point) {
    const value = point?.values?.at(-1) ?? null;
    const rate = point?.count && !isRate(point) ? point.count.at(-1) / clockOf.interval : value;
    const { digits, unit } = point ? currentOf({ ...point, value, rate }) : scaled(null);
    setText(this.parts.digits, digits);
    setText(this.parts.unit, unit);
  }

  draw() {
    if (!this.plot || !this.isVisible) return;
    const now = clockOf.now;
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
    const quantiles = () => QUANTILES.map(([name], line) => [name, number(lines[line][at])]);
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
    if (!this.parts.details.open || !this.samples) return;
    const { times, lines, isDistribution, rates } = this.samples;
    const rate = isRate(this.meta);
    const columns = ["Time", ...(isDistribution ? [...QUANTILES.map(([name]) => name), "Values"] : [rate ? "Rate" : "Value"])];
    this.parts.columns.replaceChildren(...columns.map((name, index) => {
      const head = element("th", name, index > 0 ? "number" : "");
      head.scope = "col";
      return head;
    }));
    const rows = [];
    for (let at = times.length - 1; at >= 0 && rows.length < ROWS; at -= 1) {
      const numbers = lines.map((line) => shown(line[at] ?? null, this.meta.unit ?? "", rate));
      if (isDistribution) numbers.push(shown(rates[at] ?? null, "", true));
      const row = document.createElement("tr");
      const head = element("th", clock(times[at]));
      head.scope = "row";
      row.append(head, ...numbers.map((number) => element("td", number, "number")));
      rows.push(row);
    }
    this.parts.points.replaceChildren(...rows);
  }

  destroy() {
    this.request?.abort();
    views.unobserve(this.root);
    this.plot?.destroy();
    this.root.remove();
  }
}
