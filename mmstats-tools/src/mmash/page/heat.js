// A heat map: for each time and each bucket a rectangle, the darker the more values there were.

import { colour } from "./colours.js";

/** Steps of colour; drawing by colour is faster than by rectangle. */
const SHADES = 8;

/** Pixels of the screen that a row has at least: buckets may be finer than can be seen. */
const ROW = 4;

/** Draws the buckets of `samples` behind the lines of a plot. */
export function drawHeat(plot, samples) {
  const { ctx, bbox } = plot;
  const row = Math.round(ROW * devicePixelRatio);
  const columns = samples.buckets.map((buckets) => rowsOf(plot, buckets, samples.one, row));
  const largest = columns.reduce((most, rows) => [...rows.values()].reduce((more, count) => Math.max(more, count), most), 0);
  if (largest === 0) return;
  const paths = Array.from({ length: SHADES }, () => new Path2D());
  columns.forEach((rows, index) => {
    // Whole pixels, or seams would show.
    const from = samples.times[index];
    const [left, right] = [from, Math.min(from + samples.step, plot.scales.x.max)].map((time) => Math.round(plot.valToPos(time, "x", true)));
    for (const [place, count] of rows) {
      const shade = Math.round((Math.log1p(count) / Math.log1p(largest)) * (SHADES - 1));
      paths[shade].rect(left, place * row, Math.max(right - left, 1), row);
    }
  });
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour("heat");
  paths.forEach((path, shade) => {
    ctx.globalAlpha = 0.12 + (0.75 * shade) / (SHADES - 1);
    ctx.fill(path);
  });
  ctx.restore();
}

/** How many values each row of a column gets; those of a bucket that covers several are spread over them. */
function rowsOf(plot, buckets, one, row) {
  const { top, height } = plot.bbox;
  const rowAt = (value) => Math.floor(Math.min(top + height, Math.max(top, plot.valToPos(value, "y", true))) / row);
  const rows = new Map();
  for (const [low, high, count] of buckets) {
    // What has no end goes on to the top.
    const first = high === null ? Math.floor(top / row) : rowAt(high + one);
    // On a scale of powers there is no zero: what begins there begins at the bottom.
    const last = low > 0 ? rowAt(low) : Math.floor((top + height) / row);
    const covered = Math.max(last - first, 1);
    for (let place = first; place < first + covered; place += 1) rows.set(place, (rows.get(place) ?? 0) + count / covered);
  }
  return rows;
}
