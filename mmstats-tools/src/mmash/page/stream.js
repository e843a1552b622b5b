// What is now: the server tells it once in each interval, for as long as the page listens. When nothing
// comes any more, what the page shows is no longer what is now, and it says so.

import { refusal, streamPath } from "./api.js";
import { settled } from "./dom.js";

/** How many of the fastest fields the server tells of. */
const TOP = 40;
/** After how many intervals without news the numbers are old. */
const PATIENCE = 3;
/** After how many intervals, and seconds at least, a connection is given up of which nothing comes. */
const [SILENT_INTERVALS, SILENT_SECONDS] = [5, 10];
/** Milliseconds until a refused stream is asked for again. */
const RETRY = 2000;
/** Milliseconds until a page that nobody sees stops to listen: all pages of a server share few connections. */
const UNSEEN = 5000;

const tickListeners = [];
const stateListeners = [];
let source = null;
let retry = null;
let wanted = [];
let interval = 1;
let token = false;
let lastTime = 0;
let lastNumber = 0;
let lastNews = performance.now();
let lastOpened = performance.now();
let state = "connecting";
/** What the server has against the stream. */
let trouble = null;
let isPaused = false;
let unseen = null;

/** The server's clock when it last told something, 0 before, and its interval, in seconds. */
export const clockOf = { get now() { return lastTime; }, get interval() { return interval; } };

/** Whether who asks the server by other means has to know a token. */
export function needsToken() {
  return token;
}

/**
 * Calls `listener` with each of the server's ticks. The same can come twice, if the page asked anew. `isClockSet` says
 * whether the server's clock was set since the tick before, so that the times of all points are others.
 */
export function onTick(listener) {
  tickListeners.push(listener);
}

/**
 * Calls `listener` now and whenever it changes with whether what is shown is what is now: "connecting", "live", "lost" or
 * "paused"; with what it was before; and, when it is lost, with what the server has against it, if it says so.
 */
export function onConnection(listener) {
  stateListeners.push(listener);
  listener(state, state, trouble);
}

/** Asks for the newest points of these series too. */
export function listenTo(series) {
  if (source && series.join("\n") === wanted.join("\n")) return;
  wanted = series;
  reopen();
}

function become(next, why = null) {
  if (next === state && why?.message === trouble?.message) return;
  const before = state;
  state = next;
  trouble = why;
  for (const listener of stateListeners) listener(state, before, trouble);
}

function open() {
  close();
  if (isPaused) return;
  lastOpened = performance.now();
  const address = streamPath(wanted, TOP);
  const own = new EventSource(address);
  source = own;
  own.addEventListener("tick", (event) => tell(JSON.parse(event.data), Number(event.lastEventId)));
  own.addEventListener("error", async () => {
    // The browser tries again by itself, but not after an answer that is no stream.
    if (own.readyState !== EventSource.CLOSED) return become("lost");
    const why = await refusal(address);
    if (own !== source) return;
    become("lost", why);
    retry = setTimeout(open, RETRY);
  });
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

// Several charts that come at once need one stream.
const reopen = settled(20, open);

function tell(tick, number) {
  ({ interval, token } = tick);
  // Ticks are numbered, an interval apart: their times are, too, unless the clock was set or the server started anew.
  const expected = lastTime + (number - lastNumber) * interval;
  tick.isClockSet = lastTime > 0 && Math.abs(tick.time - expected) > interval / 2;
  lastNumber = number;
  // A server that repeats itself is no news, but may well be there: after an interval it tells more.
  if (tick.time !== lastTime) lastNews = performance.now();
  lastTime = tick.time;
  if (!isOld()) become("live");
  for (const listener of tickListeners) listener(tick);
}

/** Seconds since `time`, of the page's own clock. */
function since(time) {
  return (performance.now() - time) / 1000;
}

/** Whether the last news are too old to be of now. */
function isOld() {
  return since(lastNews) > Math.max(PATIENCE * interval, PATIENCE);
}

setInterval(() => {
  if (isPaused) return;
  if (state !== "lost" && isOld()) become("lost");
  // A connection can be dead without an end: that of a machine that slept, or behind a proxy.
  const silence = Math.max(SILENT_INTERVALS * interval, SILENT_SECONDS);
  if (since(lastNews) > silence && since(lastOpened) > silence) open();
}, 500);

function pause() {
  isPaused = true;
  close();
  become("paused");
}

/** What is shown stays as it was until the next tick. */
function goOn() {
  clearTimeout(unseen);
  if (!isPaused) return;
  isPaused = false;
  lastNews = performance.now();
  open();
}

function look() {
  if (document.visibilityState === "visible") goOn();
  else unseen = setTimeout(pause, UNSEEN);
}

document.addEventListener("visibilitychange", look);
look();
// A page that was put aside shows old numbers when it comes back, until the next tick.
addEventListener("pagehide", pause);
addEventListener("pageshow", (event) => {
  if (event.persisted) goOn();
});
