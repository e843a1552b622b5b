// One application: its fields, page by page, its texts, and its processes.

import { fields, processes } from "./api.js";
import { focusApplication } from "./applications.js";
import { asker } from "./asking.js";
import { byId, element, elementOfLines, hasFocus, isFocusLost, keyedList, setClipped, setLabel, setText, settled, visibleName } from "./dom.js";
import { currentOf, isDrawable, keyOf, seriesOf, shortened } from "./field.js";
import { change, follow, link, onLink, toggleChart } from "./link.js";
import { onTick } from "./stream.js";
import { duration } from "./units.js";

const PAGE = 50;
const TEXTS = 100;
/** Characters of a text that are shown. */
const TEXT = 500;
/** Processes that are shown at first, and with each press of the button. */
const PORTION = 20;
/** Ticks between two looks at what seldom changes. */
const SELDOM = 5;

let offset = 0;
let total = 0;
let ticks = 0;
let own = [];
let portion = PORTION;

const showFields = keyedList(byId("fields"), {
  template: "field-row",
  key: keyOf,
  create(row) {
    row.parts.add.addEventListener("click", () => toggleChart(seriesOf(row.item)));
  },
  update({ parts }, item) {
    const { digits, unit } = currentOf(item);
    setClipped(parts.label, item.name, visibleName);
    setText(parts.help, item.help ?? "");
    setText(parts.kind, item.kind ?? "");
    setText(parts.digits, digits);
    setClipped(parts.unit, unit);
    const isChart = link.charts.includes(seriesOf(item));
    parts.add.hidden = !isDrawable(item) && !isChart;
    setText(parts.add, isChart ? "Remove" : "Chart");
    setLabel(parts.add, `${isChart ? "Remove the chart of" : "Chart"} ${item.name}`, visibleName);
    setText(parts.why, item.history === false ? (item.why ?? "none") : "");
  },
});

const showProcesses = keyedList(byId("processes"), {
  template: "process-row",
  key: ({ id }) => id,
  update({ parts }, item) {
    setText(parts.state, item.liveness);
    parts.state.className = `state ${item.liveness}`;
    setText(parts.pid, item.pid === null ? "no process id" : `process ${item.pid}`);
    setText(parts.up, item.liveness !== "stale" && item.age !== null ? `up ${duration(item.age)}` : "");
    setText(parts.path, item.path);
    setText(parts.problem, item.problem ?? "");
  },
});

/** Texts and what slots of several processes have different. */
function showTexts(list) {
  const rows = list.flatMap((field) => {
    const values = field.values?.length > 0 ? field.values : [field];
    const distinct = [...new Set(values.map(({ value, len }) => shortened(String(value ?? ""), TEXT, len)))];
    return [element("dt", field.name, "", visibleName), ...distinct.map((value) => (value === "" ? element("dd", "empty", "none") : elementOfLines("dd", value)))];
  });
  const place = byId("texts");
  const text = (nodes) => [...nodes].map((node) => node.tagName + node.textContent).join("\n");
  if (text(rows) !== text(place.children)) {
    place.replaceChildren(...rows);
    // What has to be scrolled can be, by keys.
    for (const row of rows) if (row.scrollHeight > row.clientHeight) row.tabIndex = 0;
  }
  byId("texts-empty").hidden = rows.length > 0;
}

function renderFields(answer) {
  ({ total } = answer);
  if (offset > 0 && offset >= total) {
    // The page is gone: the last one that there is.
    offset = Math.max(0, Math.ceil(total / PAGE) - 1) * PAGE;
    return ask();
  }
  showFields(answer.fields);
  byId("pages").hidden = total <= PAGE;
  setText(byId("page-shown"), `${offset + 1}–${Math.min(offset + PAGE, total)} of ${total}`);
  // Disabled ones would lose the focus.
  byId("page-before").ariaDisabled = String(offset === 0);
  byId("page-after").ariaDisabled = String(offset + PAGE >= total);
  setText(byId("fields-caption"), `Fields of ${link.application.name}`);
  const empty = byId("fields-empty");
  empty.hidden = total > 0;
  setText(byId("fields-count"), link.search ? `${total} of its fields fit the search` : "");
  setText(empty, link.search ? "No field of it fits the search." : "It has no fields now.");
}

/** Those first with which something is wrong, then those that ended. */
function rank({ problem, liveness }) {
  return problem ? 0 : liveness === "stale" ? 1 : 2;
}

function renderProcesses() {
  showProcesses(own.slice(0, portion));
  const more = byId("processes-more");
  more.hidden = own.length <= portion;
  setText(more, `Show ${Math.min(PORTION, own.length - portion)} more of ${own.length}`);
}

const showError = (message) => {
  byId("fields-error").hidden = message === "";
  setText(byId("fields-error"), message);
};
const fail = ({ message }) => showError(`The newest numbers are missing: ${message}.`);

const page = asker({
  hear(answer) {
    showError("");
    renderFields(answer);
  },
  fail,
});

const rest = asker({
  hear([texts, who]) {
    own = who.processes.sort((a, b) => rank(a) - rank(b));
    showTexts(texts.fields);
    renderProcesses();
  },
  fail,
});

/** Asks for what is shown. */
function ask() {
  const { application, search } = link;
  if (!application) return;
  const whose = { application: application.name, user: application.user };
  page.ask(JSON.stringify([whose, search, offset]), (signal) => fields({ ...whose, search, sort: "label", limit: PAGE, offset }, signal));
  if (ticks % SELDOM === 0) {
    const both = (signal) => Promise.all([fields({ ...whose, kind: "text", limit: TEXTS }, signal), processes(whose, signal)]);
    rest.ask(JSON.stringify(whose), both);
  }
  ticks += 1;
}

const askSoon = settled(80, ask);

/** What is shown is not of another application, also not until the answer is there. */
function clear() {
  own = [];
  portion = PORTION;
  ticks = 0;
  showFields([]);
  showTexts([]);
  renderProcesses();
  showError("");
  for (const id of ["pages", "fields-empty", "texts-empty"]) byId(id).hidden = true;
  setText(byId("fields-count"), "");
}

/** Shows another application than `before`, or all of them. */
function turn(application, before) {
  const [overview, section] = [byId("overview"), byId("application")];
  // Whoever came by a key goes on from there: what had the focus will be hidden.
  const isLeft = hasFocus(before ? section : overview) || isFocusLost();
  section.hidden = !application;
  overview.hidden = Boolean(application);
  page.cancel();
  rest.cancel();
  if (application) {
    clear();
    setText(byId("application-title"), application.name);
    setText(byId("application-owner"), application.user);
    // Charts may stand above it.
    section.scrollIntoView();
    if (isLeft) byId("application-title").focus({ preventScroll: true });
  } else if (isLeft) focusApplication(before);
}

/** Begins to show the application that the link names, if it names one. */
export function showApplication() {
  let before = null;
  let searched = "";
  onLink(({ application, search }) => {
    const isOther = JSON.stringify(application) !== JSON.stringify(before);
    if (isOther) turn(application, before);
    if (isOther || search !== searched) offset = 0;
    before = application;
    searched = search;
    // A search is typed letter by letter.
    (isOther ? ask : askSoon)();
  });
  onTick(ask);
  follow(byId("application-back"), () => ({ application: null }));
  for (const [id, step] of [["page-before", -PAGE], ["page-after", PAGE]]) {
    byId(id).addEventListener("click", () => {
      if (byId(id).ariaDisabled === "true") return;
      offset = Math.max(0, offset + step);
      ask();
    });
  }
  byId("processes-more").addEventListener("click", () => {
    const { length } = byId("processes").children;
    portion += PORTION;
    renderProcesses();
    // It may have hidden itself.
    byId("processes").children[length]?.focus();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && link.application) change({ application: null });
  });
}
