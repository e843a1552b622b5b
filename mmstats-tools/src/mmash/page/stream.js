// What is now: the server tells it once in each interval, for as long as the page listens. When nothing
// comes any more, what the page shows is no longer what is now, and it says so.

import { streamPath } from "./api.js";
import { settled } from "./dom.js";

/** How many of the fastest fields the server tells of. */
const TOP = 40;
/** After how many intervals without news the numbers are old. */
const PATIENCE = 3;
/** Milliseconds until a refused stream is asked for again. */
const RETRY = 2000;

const tickListeners = [];
const stateListeners = [];
let source = null;
let retry = null;
let wanted = [];
let interval = 1;
let lastTime = 0;
let lastNews = performance.now();
let state = "connecting";

/** The server's clock when it last told something, and its interval, in seconds. */
export const clockOf = { get now() { return lastTime || Date.now() / 1000; }, get interval() { return interval; } };

/** Whether what is shown is what is now: "connecting", "live" or "lost". */
export function connection() {
  return state;
}

/** Calls `listener` with each of the server's ticks. */
export function onTick(listener) {
  tickListeners.push(listener);
}

/** Calls `listener` with the connection's state whenever it changes. */
export function onConnection(listener) {
  stateListeners.push(listener);
}

/** Asks for the newest points of these series too. */
export function listenTo(series) {
  if (source && series.join("\n") === wanted.join("\n")) return;
  wanted = series;
  reopen();
}

function become(next) {
  if (next === state) return;
  const before = state;
  state = next;
  for (const listener of stateListeners) listener(state, before);
}

function open() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(streamPath(wanted, TOP));
  source.addEventListener("tick", (event) => tell(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    become("lost");
    // The browser tries again by itself, but not after an answer that is no stream.
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY);
  });
}

// Several charts that come at once need one stream.
const reopen = settled(20, open);

function tell(tick) {
  interval = tick.interval ?? interval;
  // A server that repeats itself is no news.
  if (tick.time === lastTime) return;
  lastTime = tick.time;
  lastNews = performance.now();
  become("live");
  for (const listener of tickListeners) listener(tick);
}

setInterval(() => {
  const age = (performance.now() - lastNews) / 1000;
  if (state !== "lost" && age > Math.max(PATIENCE * interval, PATIENCE)) become("lost");
}, 500);

// A page that was put aside shows old numbers when it comes back, until the next tick.
addEventListener("pageshow", (event) => {
  if (event.persisted) open();
});
addEventListener("pagehide", () => source?.close());
