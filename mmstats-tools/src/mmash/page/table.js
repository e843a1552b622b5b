// The table behind a chart, with the chart's numbers, the newest first. Rows stay while they can: who reads one,
// or has selected it, goes on.

import { element, keyedList, setText } from "./dom.js";
import { isRate } from "./field.js";
import { QUANTILES } from "./samples.js";
import { clock, shown, shownBound } from "./units.js";

export class ChartTable {
  /** @param parts the card's: `columns` for the heads, `points` for the rows */
  constructor(parts) {
    this.parts = parts;
    this.names = [];
    this.show = keyedList(parts.points, {
      template: "point-row",
      key: ({ time }) => time,
      update: ({ root, parts: { time } }, item) => {
        setText(time, clock(item.time));
        while (root.children.length > 1 + item.texts.length) root.lastElementChild.remove();
        item.texts.forEach((text, index) => setText(root.children[index + 1] ?? root.appendChild(element("td", "", "number")), text));
      },
    });
  }

  /** Shows `samples`, of the field `meta`. */
  draw(samples, meta) {
    const { times, lines, isDistribution, rates } = samples;
    const isOfRates = isRate(meta);
    this.head(["Time", ...(isDistribution ? [...QUANTILES.map(([name]) => name), "Values"] : [isOfRates ? "Rate" : "Value"])]);
    const textsAt = (at) => {
      if (!isDistribution) return lines.map((line) => shown(line[at] ?? null, meta.unit, isOfRates));
      const quantiles = lines.map((line) => shownBound(line[at] ?? null, meta.unit, samples.isAtLeast(line[at])));
      return [...quantiles, shown(rates[at] ?? null, "", true)];
    };
    this.show(times.map((time, at) => ({ time, texts: textsAt(at) })).reverse());
  }

  head(names) {
    if (names.join() === this.names.join()) return;
    this.names = names;
    this.parts.columns.replaceChildren(...names.map((name, index) => {
      const head = element("th", name, index > 0 ? "number" : "");
      head.scope = "col";
      return head;
    }));
  }
}
