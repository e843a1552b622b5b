// What moves now: the fields that grow fastest, with their last minute.

import { byId, hasFocus, keyedList, setClipped, setText, visibleName } from "./dom.js";
import { keyOf, ownerOf, rateOf, seriesOf } from "./field.js";
import { link, onLink, toggleChart } from "./link.js";
import { onTick } from "./stream.js";
import { duration } from "./units.js";

const SHOWN = 15;
/** Points of a trend. */
const TREND = 60;
const [WIDTH, HEIGHT] = [120, 24];

let top = null;
/** What is shown, in its order. */
let shown = [];

const show = keyedList(byId("moving"), {
  template: "moving-row",
  key: keyOf,
  create(row) {
    row.parts.add.addEventListener("click", () => toggleChart(seriesOf(row.item)));
  },
  update({ parts }, item) {
    setText(parts.label, item.name, visibleName);
    setText(parts.of, ownerOf(item));
    setText(parts.help, item.help);
    parts.add.setAttribute("aria-pressed", String(link.charts.includes(seriesOf(item))));
    const { digits, unit } = rateOf(item);
    setText(parts.digits, digits);
    setClipped(parts.unit, unit);
    parts.trend.setAttribute("points", points(item.trend));
  },
});

/** The corners of a sparkline, which stands on zero. Where nothing is known there is no corner. */
function points(trend) {
  const largest = trend.reduce((most, value) => (typeof value === "number" ? Math.max(most, value) : most), 0) || 1;
  const step = WIDTH / Math.max(trend.length - 1, 1);
  return trend.flatMap((value, index) => {
    if (typeof value !== "number") return [];
    return [`${(index * step).toFixed(1)},${(HEIGHT - 1 - (Math.max(value, 0) / largest) * (HEIGHT - 2)).toFixed(1)}`];
  }).join(" ");
}

/** The row where the pointer or the focus is. */
function held() {
  return [...byId("moving").children].findIndex((row) => row.matches(":hover") || hasFocus(row));
}

/** The fastest first; but while somebody points at one of them, it stays, and none changes its place. */
function arranged(found) {
  const index = held();
  if (index < 0) return found.slice(0, SHOWN);
  const places = new Map(shown.map((item, place) => [keyOf(item), place]));
  const place = (item) => places.get(keyOf(item)) ?? places.size;
  const own = shown[index];
  const isGone = own && !found.some((item) => keyOf(item) === keyOf(own));
  const all = isGone ? [...found, { ...own, rate: null }] : found;
  return [...all].sort((a, b) => place(a) - place(b)).slice(0, SHOWN);
}

function render() {
  if (!top) return;
  // What comes in bursts stays between them, for as long as its trend shows one.
  shown = arranged(top.filter(({ rate, trend }) => rate > 0 || trend.some((value) => value > 0)));
  show(shown);
  byId("moving-empty").hidden = shown.length > 0;
}

/** Begins to show it. */
export function showMoving() {
  onTick((tick) => {
    ({ top } = tick);
    setText(byId("trend-time"), tick.interval === 1 ? "Last minute" : `Last ${duration(TREND * tick.interval)}`);
    render();
  });
  onLink(render);
}
