// The charts that the link names, in its order.

import { Chart } from "./chart.js";
import { byId } from "./dom.js";
import { seriesOf } from "./field.js";
import { change, onLink } from "./link.js";
import { listenTo, onConnection, onTick } from "./stream.js";

const charts = new Map();

function arrange(series, range) {
  for (const [name, chart] of charts) {
    if (!series.includes(name)) {
      chart.destroy();
      charts.delete(name);
    }
  }
  const place = byId("cards");
  for (const name of series) {
    const chart = charts.get(name) ?? new Chart(name, range);
    chart.setRange(range);
    charts.set(name, chart);
  }
  series.forEach((name, index) => {
    const { root } = charts.get(name);
    if (place.children[index] !== root) place.insertBefore(root, place.children[index] ?? null);
  });
  byId("charts").hidden = series.length === 0;
}

/** Begins to show them. */
export function showCharts() {
  onLink((link) => {
    arrange(link.charts, link.range);
    listenTo(link.charts);
  });
  onTick((tick) => {
    const points = new Map(tick.series.map((point) => [seriesOf(point), point]));
    for (const [name, chart] of charts) chart.add(points.get(name), tick.time);
  });
  onConnection((state, before) => {
    // What came while nobody listened is asked for.
    if (state === "live" && before === "lost") for (const chart of charts.values()) chart.load();
  });
  addEventListener("mmash-theme", () => {
    for (const chart of charts.values()) chart.redraw();
  });
  byId("remove-all").addEventListener("click", () => change({ charts: [] }));
}
