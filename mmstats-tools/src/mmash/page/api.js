// What the page asks the server: /api/v1/openapi.json describes it.

import { partsOf, seriesOf } from "./field.js";

const BASE = "/api/v1";

/** An answer that is no answer: what the server says is wrong. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function get(path, signal) {
  const response = await fetch(path, { signal, headers: { accept: "application/json" } });
  if (response.ok) return response.json();
  const message = await response.json().then((body) => body.error, () => null);
  throw new ApiError(response.status, message ?? `The server answered ${response.status} ${response.statusText}`);
}

function path(name, parameters) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") query.append(key, one);
    }
  }
  const text = query.toString();
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

/** The history of a series. */
export async function history(series, range, step, signal) {
  const answer = await get(historyPath(series, range, step), signal);
  // A label without tags is also that of those that have some.
  const own = answer.series.find((one) => seriesOf(one) === series) ?? answer.series[0];
  return { ...own, step: answer.step, time: answer.time };
}

/** The address of the events that tell what is now. */
export function streamPath(series, top) {
  const names = series.map(partsOf).map(({ application, name }) => `${application}/${name}`);
  return path("stream", { series: [...new Set(names)], top });
}

/** The command that asks what `address` asks. */
export function curl(address) {
  // Nothing in it may end the quotes, whatever the browser leaves as it is.
  return `curl '${new URL(address, location.href).href.replaceAll("'", "%27")}'`;
}
