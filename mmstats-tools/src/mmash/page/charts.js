// The charts that the link names, in its order.

import { Chart } from "./chart.js";
import { byId, hasFocus, setText } from "./dom.js";
import { seriesOf } from "./field.js";
import { change, onLink } from "./link.js";
import { listenTo, onConnection, onTick } from "./stream.js";

const charts = new Map();

function arrange(series, range) {
  const place = byId("cards");
  // Whoever removes one by a key goes on at the next one.
  const held = [...place.children].findIndex(hasFocus);
  for (const [name, chart] of charts) {
    if (!series.includes(name)) {
      chart.destroy();
      charts.delete(name);
    }
  }
  for (const name of series) {
    const chart = charts.get(name) ?? new Chart(name, range);
    chart.setRange(range);
    charts.set(name, chart);
  }
  series.forEach((name, index) => {
    const { root } = charts.get(name);
    if (place.children[index] !== root) place.insertBefore(root, place.children[index] ?? null);
  });
  if (held >= 0 && !hasFocus(place)) focusNear(held);
}

/** Puts the focus on the chart number `index`, the last one, or the search if there is none. */
function focusNear(index) {
  const card = byId("cards").children[Math.min(index, charts.size - 1)];
  (card?.querySelector("[data-part=remove]") ?? byId("search")).focus({ preventScroll: true });
}

/** Begins to show them. */
export function showCharts() {
  const section = byId("charts");
  onLink((link) => {
    arrange(link.charts, link.range);
    section.hidden = link.charts.length === 0;
    const count = link.left;
    byId("charts-left").hidden = count === 0;
    setText(byId("charts-left"), `${count} more of this link ${count === 1 ? "is" : "are"} left out: a page has no room for so many.`);
    listenTo(link.charts);
  });
  onTick((tick) => {
    const found = Map.groupBy(tick.series, seriesOf);
    for (const [name, chart] of charts) chart.add(found.get(name) ?? [], tick.time, tick.isClockSet);
  });
  onConnection((state, before) => {
    // What came while nobody listened is asked for.
    if (state === "live" && ["lost", "paused"].includes(before)) for (const chart of charts.values()) chart.load();
  });
  addEventListener("mmash-theme", () => {
    for (const chart of charts.values()) chart.redraw();
  });
  byId("remove-all").addEventListener("click", () => {
    // It goes, too.
    byId("search").focus({ preventScroll: true });
    change({ charts: [] });
  });
}
