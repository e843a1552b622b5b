// What moves now: the fields that grow fastest, with their last minute.

import { byId, keyedList, setText } from "./dom.js";
import { nameOf, ownerOf, rateOf, seriesOf } from "./field.js";
import { link, onLink, toggleChart } from "./link.js";
import { onTick } from "./stream.js";

const SHOWN = 15;
const [WIDTH, HEIGHT] = [120, 24];

let top = null;
let order = [];

const show = keyedList(byId("moving"), {
  template: "moving-row",
  key: seriesOf,
  create(row) {
    row.parts.add.addEventListener("click", () => toggleChart(seriesOf(row.item)));
  },
  update({ parts }, item) {
    setText(parts.label, nameOf(item));
    setText(parts.of, ownerOf(item));
    parts.add.title = item.help ?? "";
    parts.add.setAttribute("aria-pressed", String(link.charts.includes(seriesOf(item))));
    const { digits, unit } = rateOf(item);
    setText(parts.digits, digits);
    setText(parts.unit, unit);
    parts.trend.setAttribute("points", points(item.trend));
  },
});

/** The corners of a sparkline, which stands on zero. */
function points(trend) {
  const numbers = trend.map((value) => (typeof value === "number" ? Math.max(value, 0) : 0));
  const largest = Math.max(...numbers) || 1;
  const step = WIDTH / Math.max(numbers.length - 1, 1);
  return numbers.map((value, index) => `${(index * step).toFixed(1)},${(HEIGHT - 1 - (value / largest) * (HEIGHT - 2)).toFixed(1)}`).join(" ");
}

/** The fastest first; but while somebody points at one of them, none changes its place. */
function sorted(found) {
  const body = byId("moving");
  const places = new Map(order.map((series, index) => [series, index]));
  const isHeld = body.matches(":hover") || body.contains(document.activeElement);
  const place = (item) => places.get(seriesOf(item)) ?? places.size;
  const list = isHeld ? [...found].sort((a, b) => place(a) - place(b)) : found;
  order = list.slice(0, SHOWN).map(seriesOf);
  return list.slice(0, SHOWN);
}

function render() {
  if (!top) return;
  show(sorted(top.filter(({ rate }) => rate > 0)));
  byId("moving-empty").hidden = order.length > 0;
}

/** Begins to show it. */
export function showMoving() {
  onTick((tick) => {
    ({ top } = tick);
    render();
  });
  onLink(render);
}
