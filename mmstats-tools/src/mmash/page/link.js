// What the page shows is in its address, so that a link to it shows the same: charts, range, search and
// application. Going back undoes a step.

import { toast } from "./dom.js";

/** Seconds of the longest time that a chart can be asked to show. */
const MAX_RANGE = 366 * 86400;

const listeners = [];
/** Seconds that charts show if the address does not say. */
let usualRange = 3600;

/** Charts of a page: as many as the server tells of in one stream. */
const MAX_CHARTS = 100;
/** Bytes of an address. The server takes 8 KiB, and what it is asked for the charts is as long as the address. */
const MAX_ADDRESS = 7680;

/** What the address says now, and how many charts of it are left out. */
export const link = { charts: [], range: 3600, search: "", application: null, left: 0 };

function read() {
  const query = new URLSearchParams(location.search);
  const range = Number(query.get("range"));
  const charts = [...new Set(query.getAll("chart"))];
  link.range = range >= 1 && range <= MAX_RANGE ? range : usualRange;
  link.search = query.get("q") ?? "";
  link.application = query.has("app") ? { name: query.get("app"), user: query.get("user") ?? "" } : null;
  link.charts = charts.slice(0, MAX_CHARTS);
  while (link.charts.length > 0 && addressWith({}).length > MAX_ADDRESS) link.charts.pop();
  link.left = charts.length - link.charts.length;
}

/** The address of the page with `changes`. */
export function addressWith(changes) {
  const next = { ...link, ...changes };
  const query = new URLSearchParams();
  for (const chart of next.charts) query.append("chart", chart);
  if (next.range !== usualRange) query.set("range", next.range);
  if (next.search) query.set("q", next.search);
  if (next.application) {
    query.set("app", next.application.name);
    query.set("user", next.application.user);
  }
  // A slash needs no escape there, and is easier to read.
  const text = query.toString().replaceAll("%2F", "/");
  // A proxy may serve the page below a path.
  return text ? `${location.pathname}?${text}` : location.pathname;
}

/** Shows something else. A step of `replace` cannot be undone by going back: each letter of a search. */
export function change(changes, { replace = false } = {}) {
  const address = addressWith(changes);
  if (address === location.pathname + location.search) return;
  if (address.length > MAX_ADDRESS) return toast("That is too long for an address");
  history[replace ? "replaceState" : "pushState"](null, "", address);
  tell();
}

/** Calls `listener` now and whenever something else is to be shown. */
export function onLink(listener) {
  listeners.push(listener);
  listener(link);
}

function tell() {
  read();
  for (const listener of listeners) listener(link);
}

/** Sets what charts show if the address does not say: seconds. */
export function setUsualRange(range) {
  if (range === usualRange) return;
  usualRange = range;
  tell();
}

/** Adds a chart of the series, or removes it. */
export function toggleChart(series) {
  if (link.charts.includes(series)) return change({ charts: link.charts.filter((other) => other !== series) });
  const charts = [...link.charts, series];
  if (charts.length > MAX_CHARTS || addressWith({ charts }).length > MAX_ADDRESS) return toast("There is no room for more charts: remove some");
  change({ charts });
}

/** Has a click on the anchor change the page instead of loading it anew. */
export function follow(anchor, changes) {
  anchor.addEventListener("click", (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    change(changes());
  });
}

read();
addEventListener("popstate", tell);
