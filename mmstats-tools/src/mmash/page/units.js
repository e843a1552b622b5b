// Numbers as people read them: three digits, a prefix, a unit. As `mmstats_tools::display` writes them in terminals.

const SECONDS = [[1e-9, "ns"], [1e-6, "µs"], [1e-3, "ms"], [1, "s"]];
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].map((name, power) => [1024 ** power, name]);
const NUMBERS = [[1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"], [1e15, "P"], [1e18, "E"]];

/** Numbers from here on have no prefix. */
const LARGEST = 1e24;

/** What is shown where there is no number. */
export const NONE = "–";

/** Seconds since 1970 from 2001 to 2096: as a duration they would be more than thirty years. */
const TIMES = [1e9, 4e9];

function steps(unit) {
  return unit === "seconds" ? SECONDS : unit === "bytes" ? BYTES : NUMBERS;
}

/** The first step on which `number` stays below the next one, also once it is rounded. */
function stepFor(number, unit) {
  const all = steps(unit);
  const index = all.findIndex(([size], at) => at + 1 === all.length || Math.round(Math.abs(number) / size) * size < all[at + 1][0]);
  return all[index];
}

/** What a bound is shown behind. A lower bound is rounded down, an upper one up: so what is shown is a bound, too. */
export const AT_LEAST = "≥ ";
export const AT_MOST = "≤ ";

function threeDigits(number, bound) {
  const format = (number) => {
    const size = Math.abs(number);
    if (size >= 1e21) return number.toExponential(2);
    if (size >= 1000) return String(Math.round(number));
    if (size > 0 && size < 1e-6) return number.toExponential(2);
    return String(Number(number.toPrecision(3)));
  };
  const nearest = format(number);
  const error = Number(nearest) - number;
  // Floats are not exact: 0.0115 s may be a little less than 11.5 ms.
  const noise = Math.abs(number) * 4 * Number.EPSILON;
  const isPlain = Math.abs(number) >= 1000 && Math.abs(number) < 1e21;
  const step = isPlain ? 1 : 10 ** (Number(number.toExponential(2).split("e")[1]) - 2);
  if (bound === AT_LEAST && error > noise) return format(number - step);
  if (bound === AT_MOST && error < -noise) return format(number + step);
  return nearest;
}

/** What stands behind the digits: `ms`, `MiB/s`, `k requests/s`. */
function unitText(step, unit, isRate) {
  const isOwn = unit === "seconds" || unit === "bytes";
  const text = isOwn ? step : [step, unit].filter(Boolean).join(" ");
  return isRate ? `${text}/s` : text;
}

/** The unit whose steps fit: seconds for each second are a share, of a processor or a thread. */
function scaleOf(unit, isRate) {
  return isRate && unit === "seconds" ? "" : unit;
}

/** `number`, of the JSON, as digits and unit; NaN and infinities come as texts. A `bound` is in front of the digits. */
export function scaled(number, unitOrNull, isRate = false, bound = "") {
  const unit = unitOrNull ?? "";
  if (number === null || number === undefined) return { digits: NONE, unit: "" };
  if (typeof number === "boolean") return { digits: number ? "true" : "false", unit: "" };
  if (typeof number === "string") return { digits: number, unit: unitText("", unit, isRate) };
  if (!isRate && unit === "seconds" && number >= TIMES[0] && number < TIMES[1]) {
    return { digits: clock(number, true), unit: "" };
  }
  const scale = scaleOf(unit, isRate);
  // Beyond all prefixes.
  const [size, name] = Math.abs(number) < LARGEST ? stepFor(number, scale) : steps(scale).find(([size]) => size === 1);
  return { digits: bound + threeDigits(number / size, bound), unit: unitText(scale === unit ? name : `${name}s`, unit, isRate) };
}

/** `number` as one text, behind its sign if it is a `bound`. */
export function shown(number, unit, isRate, bound) {
  const { digits, unit: name } = scaled(number, unit, isRate, bound);
  return name ? `${digits} ${name}` : digits;
}

/** `number`, behind a sign if it is only a lower bound of the one that is meant. */
export function shownBound(number, unit, isAtLeast) {
  return shown(number, unit, false, isAtLeast ? AT_LEAST : "");
}

/** The labels of an axis of powers of values that differ by `one` at least: each on a step of its own. */
export function powerLabels(values, unit, one) {
  const scale = unit === "seconds" || unit === "bytes" ? unit : "";
  return values.map((value) => (value === null ? "" : shown(value < one ? 0 : value, scale)));
}

/** The labels of an axis, all on one step, so that they compare at a glance. */
export function axisLabels(values, unit, isRate) {
  const largest = Math.max(...values.map((value) => Math.abs(value ?? 0)));
  if (!isRate && unit === "seconds" && largest >= TIMES[0]) return values.map((value) => clock(value));
  if (largest >= LARGEST) return values.map((value) => (value ? value.toExponential(1) : "0"));
  const [size, name] = stepFor(largest, scaleOf(unit, isRate));
  return values.map((value) => (value ? `${Number((value / size).toPrecision(6))} ${name}`.trim() : "0"));
}

/** The distances that the marks of an axis may have: in KiB there are 1024 bytes. */
export function axisSteps(unit) {
  if (unit === "bytes") return Array.from({ length: 1024 }, (_, power) => 2 ** power);
  return Array.from({ length: 338 }, (_, power) => [1, 2, 5].map((digit) => Number(`${digit}e${power - 30}`))).flat();
}

/** A number from the JSON for a chart, which leaves out what is no number. */
export function plotted(number) {
  return typeof number === "number" ? number : typeof number === "boolean" ? Number(number) : null;
}

/** How long something has been so, in two units at most. */
export function duration(seconds) {
  if (!(seconds >= 0)) return NONE;
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => seconds >= size);
  if (first < 0) return "0 s";
  const texts = [];
  let rest = Math.floor(seconds);
  for (const [size, name] of parts.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) texts.push(`${count} ${name}`);
  }
  return texts.join(" ");
}

/** A time of the day, with the day if asked. */
export function clock(seconds, withDay = false) {
  const time = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const day = withDay ? `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` : "";
  return `${day}${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
