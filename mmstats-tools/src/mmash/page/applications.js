// A row for each application: whether its processes live, since when, whose they are.

import { byId, keyedList, setText } from "./dom.js";
import { addressWith, follow } from "./link.js";
import { onTick } from "./stream.js";
import { duration } from "./units.js";

/** Rows that are shown at first, and with each press of the button: a thousand are too many to draw or read. */
const PORTION = 50;

let applications = [];
let portion = PORTION;

/** What the link says when this application is chosen: all of its fields are shown, until one searches again. */
function chosen({ application, user }) {
  return { application: { name: application, user }, search: "" };
}

const show = keyedList(byId("applications"), {
  template: "application-row",
  key: ({ application, user }) => JSON.stringify([application, user]),
  create(row) {
    follow(row.parts.name, () => chosen(row.item));
  },
  update({ parts }, item) {
    setText(parts.name, item.application);
    parts.name.href = addressWith(chosen(item));
    setText(parts.owner, item.user);
    setText(parts.of, item.user);
    for (const state of ["alive", "stale", "unknown"]) {
      setText(parts[state], item[state] > 0 ? `${item[state]} ${state}` : "");
    }
    setText(parts.up, item.age === null ? "" : duration(item.age));
  },
});

function render() {
  const all = applications.length;
  show(applications.slice(0, portion));
  setText(byId("applications-count"), `${all}`);
  const empty = byId("applications-empty");
  empty.hidden = all > 0;
  setText(empty, "No application publishes statistics where mmash looks, or may look.");
  const more = byId("applications-more");
  more.hidden = all <= portion;
  setText(more, `Show ${Math.min(PORTION, all - portion)} more`);
}

/** Puts the focus on the application that was left, or on the search if it has no row. */
export function focusApplication({ name, user }) {
  const address = addressWith(chosen({ application: name, user }));
  const row = [...byId("applications").querySelectorAll("a")].find((anchor) => anchor.getAttribute("href") === address);
  (row ?? byId("search")).focus();
}

/** Begins to show them. */
export function showApplications() {
  onTick((tick) => {
    ({ applications } = tick);
    render();
  });
  byId("applications-more").addEventListener("click", () => {
    const next = byId("applications").children.length;
    portion += PORTION;
    render();
    // It may have hidden itself.
    byId("applications").children[next]?.querySelector("a").focus();
  });
}
