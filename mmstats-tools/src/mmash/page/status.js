// Whether the numbers are today's: the connection, what is followed, and what has a history.

import { byId, setText, visible, visibleName } from "./dom.js";
import { partsOf } from "./field.js";
import { link, onLink } from "./link.js";
import { clockOf, onConnection, onTick } from "./stream.js";
import { clock, duration } from "./units.js";

const STATES = { connecting: "connecting", live: "live", lost: "not connected", paused: "paused" };
/** The name of the server's machine. */
let machine = "";
/** When the page was live last. */
let lastLive = null;
const COUNT = new Intl.NumberFormat("en");

function showConnection(state, before, trouble) {
  // Styles mark every number that is no longer of now.
  document.documentElement.dataset.live = state;
  byId("connection").dataset.state = state;
  setText(byId("connection-text"), STATES[state]);
  const notice = byId("notice");
  notice.hidden = state !== "lost";
  byId("notice-token").hidden = trouble?.status !== 401;
  if (before !== state && before === "live") lastLive = clockOf.now;
  const since = lastLive === null ? "mmash does not answer." : `No news since ${clock(lastLive)}: what is shown is of then.`;
  const why = trouble?.status === 401 ? "mmash asks for a token." : trouble && `mmash says: ${trouble.message}.`;
  setText(byId("notice-text"), [...(why && lastLive === null ? [] : [since]), why, "Trying again."].filter(Boolean).join(" "));
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
  machine = host;
  showTitle(link);
  setText(byId("version"), [version && `mmash ${version}`, host, history && `keeps ${duration(history)}`].filter(Boolean).join(" · "));
}

/** What is shown, and where, for who has several pages open. */
function showTitle({ application, charts }) {
  const shown = application ? visible(application.name) : visibleName(charts.map((series) => partsOf(series).name).join(", "));
  document.title = [shown, visible(machine), "mmash"].filter(Boolean).join(" – ");
}

/** Begins to show it. */
export function showStatus() {
  // With the page it asks for the token.
  byId("notice-token").addEventListener("click", () => location.reload());
  onConnection(showConnection);
  onLink(showTitle);
  onTick((tick) => {
    showTime(tick);
    showCoverage(tick);
    showServer(tick);
  });
}
