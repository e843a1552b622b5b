// How a field is spoken of: its name, what it is now, what its kind makes of it.

import { scaled, shown } from "./units.js";

const DISTRIBUTIONS = new Set(["histogram", "timer"]);

/** Whether what is shown of a field is how much it grows in a second. */
export function isRate({ kind }) {
  return kind === "counter";
}

/** Whether a field is shown as quantiles and a heat map. */
export function isDistribution({ kind }) {
  return DISTRIBUTIONS.has(kind);
}

/** The label with its tags, as everywhere in mmstats: `web.hits{method="get"}`. */
export function nameOf({ label, tags }) {
  const pairs = Object.entries(tags ?? {}).map(([key, value]) => `${key}="${value}"`);
  return pairs.length > 0 ? `${label}{${pairs.join(",")}}` : label;
}

/** What tells a field from all others, now and later: whose it is, and its name. */
export function seriesOf(field) {
  return `${encodeURIComponent(field.user)}/${encodeURIComponent(field.application)}/${nameOf(field)}`;
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
  const isOfValues = kind === "average" || DISTRIBUTIONS.has(kind);
  return scaled(rate ?? null, isOfValues ? "values" : unit, true);
}

/** What a field is now, as digits and unit. */
export function currentOf(field) {
  const { value, kind, unit } = field;
  if (isRate(field) || isDistribution(field)) return rateOf(field);
  if (kind === "text" || (typeof value === "string" && !kind)) return { digits: String(value ?? ""), unit: "" };
  if (value !== null && typeof value === "object") return currentOfParts(value, unit);
  // What never changes is a number of something rather than how much of it there is: a process id.
  if (field.history === false && Number.isInteger(value)) return { digits: String(value), unit };
  return scaled(value, unit);
}

/** Of an average its mean; of others what each part is: of a record, or the least and the largest. */
function currentOfParts(value, unit) {
  if ("mean" in value) return scaled(value.mean, unit);
  return { digits: Object.entries(value).map(([name, part]) => `${name} ${shown(part, unit)}`).join(", "), unit: "" };
}
