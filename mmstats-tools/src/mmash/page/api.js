// What the page asks the server: /api/v1/openapi.json describes it.

import { isSameField, partsOf, seriesOf } from "./field.js";

/** Relative to the page: a proxy may serve it below a path. */
const BASE = "api/v1";
/** Milliseconds until an answer is no longer waited for. */
const PATIENCE = 30_000;

/** An answer that is no answer: what the server says is wrong. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function get(path, signal) {
  const signals = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  try {
    const response = await fetch(path, { signal: signals, headers: { accept: "application/json" } });
    if (response.ok) return await response.json();
    throw await refusalOf(response);
  } catch (error) {
    // Browsers have words of their own for it, which are about scripts.
    throw signal.aborted || error instanceof ApiError ? error : new ApiError(0, "mmash does not answer");
  }
}

async function refusalOf(response) {
  const message = await response.json().then((body) => body.error, () => null);
  return new ApiError(response.status, message ?? `mmash answered ${response.status} ${response.statusText}`);
}

/** What the server has against a stream that it refused; null if it has nothing any more. */
export async function refusal(address) {
  const stop = new AbortController();
  try {
    const response = await fetch(address, { signal: stop.signal, headers: { accept: "application/json" } });
    return response.ok ? null : await refusalOf(response);
  } catch {
    return null;
  } finally {
    stop.abort();
  }
}

function path(name, parameters) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") query.append(key, one);
    }
  }
  // A slash needs no escape there, and is shorter.
  const text = query.toString().replaceAll("%2F", "/");
  return text ? `${BASE}/${name}?${text}` : `${BASE}/${name}`;
}

/** A page of the fields that fit. */
export function fields(parameters, signal) {
  return get(path("fields", parameters), signal);
}

/** The processes, with what they say of themselves. */
export function processes(parameters, signal) {
  return get(path("processes", parameters), signal);
}

/** The address of a series' history of the last `range` seconds. */
export function historyPath(series, range, step) {
  const { application, user, name } = partsOf(series);
  return path("query", { label: name, application, user, since: range, step, heat: 1 });
}

/** The history of a series: of the field `meta` of it, if there is that, else of the one that is known last. */
export async function history(series, meta, range, step, signal) {
  const answer = await get(historyPath(series, range, step), signal);
  // A label without tags is also that of those that have some.
  const all = answer.series.filter((one) => seriesOf(one) === series);
  const isKnown = ({ values, count }) => (values ?? count)?.at(-1) != null;
  const own = all.find((one) => isSameField(one, meta)) ?? all.findLast(isKnown) ?? all[0];
  if (!own) throw new ApiError(404, "no program has this field");
  return { ...own, interval: answer.interval, step: answer.step, time: answer.time };
}

/** The address of the events that tell what is now. */
export function streamPath(series, top) {
  const names = series.map(partsOf).map(({ application, name }) => `${application}/${name}`);
  return path("stream", { series: [...new Set(names)], top });
}

/** The command that asks what `address` asks; where a token is needed, with that of the file that one has to name. */
export function curl(address, needsToken) {
  // Nothing in it may end the quotes, whatever the browser leaves as it is.
  const command = `curl '${new URL(address, location.href).href.replaceAll("'", "%27")}'`;
  return needsToken ? `${command} -H "Authorization: Bearer $(cat TOKEN_FILE)"` : command;
}
