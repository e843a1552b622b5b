// Whether the numbers are today's: the connection, what is followed, and what has a history.

import { byId, setText } from "./dom.js";
import { clockOf, connection, onConnection, onTick } from "./stream.js";
import { clock, duration } from "./units.js";

const STATES = { connecting: "connecting", live: "live", lost: "not connected" };
const COUNT = new Intl.NumberFormat("en");

function showConnection(state, before) {
  // Styles mark every number that is no longer of now.
  document.documentElement.dataset.live = state;
  byId("connection").dataset.state = state;
  setText(byId("connection-text"), STATES[state]);
  const notice = byId("notice");
  notice.hidden = state !== "lost";
  if (state === "lost") {
    const since = before === "connecting" ? "The server does not answer." : `No news since ${clock(clockOf.now)}: what is shown is of then.`;
    setText(notice, `${since} Trying again.`);
  }
}

/** The time that the numbers are of. */
function showTime({ time }) {
  const place = byId("connection-time");
  setText(place, clock(time));
  place.dateTime = new Date(time * 1000).toISOString();
}

function showCoverage({ fields, files }) {
  const texts = [];
  if (files?.followed !== undefined) texts.push(`${COUNT.format(files.followed)} ${files.followed === 1 ? "file" : "files"} followed.`);
  if (files?.problems > 0) texts.push(`${COUNT.format(files.problems)} cannot be read.`);
  if (fields) {
    const without = fields.total - fields.history;
    texts.push(`${COUNT.format(fields.history)} of ${COUNT.format(fields.total)} fields have a history.`);
    if (without > 0) texts.push(`The other ${COUNT.format(without)} have none: the list of an application's fields says why.`);
  }
  setText(byId("coverage"), texts.join(" "));
}

function showServer({ version, host, history }) {
  if (host) document.title = `${host} – mmash`;
  setText(byId("version"), [version && `mmash ${version}`, host, history && `keeps ${duration(history)}`].filter(Boolean).join(" · "));
}

/** Begins to show it. */
export function showStatus() {
  showConnection(connection());
  onConnection(showConnection);
  onTick((tick) => {
    showTime(tick);
    showCoverage(tick);
    showServer(tick);
  });
}
