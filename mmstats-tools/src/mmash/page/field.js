// How a field is spoken of: its name, what it is now, what its kind makes of it.

import { AT_LEAST, AT_MOST, NONE, plotted, scaled, shown } from "./units.js";

const DISTRIBUTIONS = new Set(["histogram", "timer"]);

/** Whether what is shown of a field is how much it grows in a second. */
export function isRate({ kind }) {
  return kind === "counter";
}

/** Whether what is shown of a field is the mean of what came. */
export function isAverage({ kind }) {
  return kind === "average";
}

/** Whether a field is shown as quantiles and a heat map. */
export function isDistribution({ kind }) {
  return DISTRIBUTIONS.has(kind);
}

/** What tells a field from all others, now and later: whose it is, and its name. */
export function seriesOf(field) {
  return `${encodeURIComponent(field.user)}/${encodeURIComponent(field.application)}/${field.name}`;
}

/** What tells a field from all others now: those of one series can differ while a program's next version takes over. */
export function keyOf(field) {
  return JSON.stringify([seriesOf(field), field.kind, field.unit]);
}

/** Whether both, of one series, count or hold the same. */
export function isSameField(one, other) {
  return one.kind === other.kind && one.unit === other.unit;
}

/** What a series names; a link may be anyone's, so it may name nothing. */
export function partsOf(series) {
  const [, user, application, name] = /^([^/]*)\/([^/]*)\/(.*)$/s.exec(series) ?? [null, "", "", series];
  try {
    return { user: decodeURIComponent(user), application: decodeURIComponent(application), name };
  } catch {
    return { user, application, name };
  }
}

/** Whose field it is. */
export function ownerOf({ application, user }) {
  return user ? `${application} · ${user}` : application;
}

/** How fast a field grows: a counter by its unit, what counts values by these. */
export function rateOf({ kind, unit, rate }) {
  const isOfValues = isAverage({ kind }) || DISTRIBUTIONS.has(kind);
  return scaled(rate ?? null, isOfValues ? "values" : unit, true);
}

/** What a field is now, as digits and unit. */
export function currentOf(field) {
  const { value, kind, unit } = field;
  if (isRate(field) || isDistribution(field)) return rateOf(field);
  if (value !== null && typeof value === "object") return currentOfParts(value, unit);
  if (kind === "text" || (typeof value === "string" && !kind)) return { digits: shortened(String(value ?? NONE), BRIEF, field.len), unit: "" };
  // What never changes is a number of something rather than how much of it there is: a process id.
  if (field.changes === false && !unit && Number.isSafeInteger(value)) return { digits: String(value), unit };
  return scaled(value, unit);
}

/** Characters of a text where it stands among numbers. */
const BRIEF = 100;

/** The first `most` characters of `text`, and how long it is: `len` bytes, if the server has cut it already. */
export function shortened(text, most, len) {
  const characters = [...text.slice(0, 2 * most + 1)];
  if (len === undefined && characters.length <= most) return text;
  const bytes = len ?? new TextEncoder().encode(text).length;
  return `${characters.slice(0, most).join("")}… (${bytes} bytes)`;
}

/** The number that a chart can show of what a field is now, without what it was; null if there is none. */
export function numberOf(field) {
  return plotted(isRate(field) ? field.rate : field.value);
}

/** Whether a chart of the field can show anything: its history, or what it is from now on. */
export function isDrawable(field) {
  return field.history !== false || (field.changes && (isRate(field) || isAverage(field) || numberOf(field) !== null));
}

/** Of an average its mean; of others what each part is: of a record, or the least and the largest. */
function currentOfParts(value, unit) {
  if ("different" in value) return { digits: `${value.different} different`, unit: "" };
  if ("mean" in value) return scaled(value.mean, unit);
  const signs = new Map([...(value.at_least ?? []).map((name) => [name, AT_LEAST]), ...(value.at_most ?? []).map((name) => [name, AT_MOST])]);
  const parts = Object.entries(value).filter(([, part]) => !Array.isArray(part));
  return { digits: parts.map(([name, part]) => `${name} ${shown(part, unit, false, signs.get(name))}`).join(", "), unit: "" };
}
