// One application: its fields, page by page, its texts, and its processes.

import { fields, processes } from "./api.js";
import { byId, element, keyedList, setText } from "./dom.js";
import { currentOf, nameOf, seriesOf } from "./field.js";
import { change, follow, link, onLink, toggleChart } from "./link.js";
import { onTick } from "./stream.js";
import { duration } from "./units.js";

const PAGE = 50;
const TEXTS = 100;
const PROCESSES = 20;
/** Ticks between two looks at what seldom changes. */
const SELDOM = 5;

let offset = 0;
let total = 0;
let ticks = 0;
let now = 0;
let asked = null;

const showFields = keyedList(byId("fields"), {
  template: "field-row",
  key: seriesOf,
  create(row) {
    row.parts.add.addEventListener("click", () => toggleChart(seriesOf(row.item)));
  },
  update({ parts }, item) {
    const { digits, unit } = currentOf(item);
    setText(parts.label, nameOf(item));
    setText(parts.help, item.help ?? "");
    setText(parts.kind, item.kind ?? "");
    setText(parts.digits, digits);
    setText(parts.unit, unit);
    const isChart = link.charts.includes(seriesOf(item));
    parts.add.hidden = item.history === false && !isChart;
    setText(parts.add, isChart ? "Remove" : "Chart");
    parts.add.setAttribute("aria-label", `${isChart ? "Remove the chart of" : "Chart"} ${nameOf(item)}`);
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
    setText(parts.up, item.liveness === "alive" && item.created ? `up ${duration(now - item.created)}` : "");
    setText(parts.path, item.path);
    setText(parts.problem, item.problem ?? "");
  },
});

/** Texts and what slots of several processes have different. */
function showTexts(list) {
  const rows = list.flatMap((field) => {
    const values = field.values?.length > 0 ? field.values : [{ value: field.value }];
    const distinct = [...new Set(values.map(({ value }) => String(value ?? "")))];
    return [element("dt", nameOf(field)), ...distinct.map((value) => element("dd", value === "" ? "empty" : value, value === "" ? "none" : ""))];
  });
  const place = byId("texts");
  const text = (nodes) => [...nodes].map((node) => node.tagName + node.textContent).join("\n");
  if (text(rows) !== text(place.children)) place.replaceChildren(...rows);
  byId("texts-empty").hidden = rows.length > 0;
}

function render(answer) {
  ({ total } = answer);
  showFields(answer.fields);
  const isPaged = total > PAGE;
  byId("pages").hidden = !isPaged;
  setText(byId("page-shown"), `${offset + 1}–${Math.min(offset + PAGE, total)} of ${total}`);
  byId("page-before").disabled = offset === 0;
  byId("page-after").disabled = offset + PAGE >= total;
  setText(byId("fields-caption"), `Fields of ${link.application.name}`);
  const empty = byId("fields-empty");
  empty.hidden = total > 0;
  setText(byId("fields-count"), link.search ? `${total} of its fields fit the search` : "");
  setText(empty, link.search ? "No field of it fits the search." : "It has no fields now.");
}

function renderProcesses(all, { name, user }) {
  const own = all.filter((process) => process.application === name && (!user || process.user === user));
  showProcesses(own.slice(0, PROCESSES));
  const more = byId("processes-more");
  more.hidden = own.length <= PROCESSES;
  setText(more, `and ${own.length - PROCESSES} more`);
}

/** Asks for what is shown; what was asked before and not answered is not heard. */
async function ask() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const { application, search } = link;
  const whose = { application: application.name, user: application.user };
  try {
    if (ticks % SELDOM === 0) {
      const [texts, who] = await Promise.all([fields({ ...whose, kind: "text", limit: TEXTS }, signal), processes(whose, signal)]);
      now = who.time;
      showTexts(texts.fields.filter(({ kind, value }) => kind === "text" || (!kind && typeof value === "string")));
      renderProcesses(who.processes, application);
    }
    ticks += 1;
    render(await fields({ ...whose, search, sort: "label", limit: PAGE, offset }, signal));
  } catch (error) {
    if (signal.aborted) return;
    byId("fields-empty").hidden = false;
    setText(byId("fields-empty"), error.message);
  }
}

function restart() {
  ticks = 0;
  ask();
}

/** Begins to show the application that the link names, if it names one. */
export function showApplication() {
  let isFirst = true;
  let before = null;
  let searched = "";
  onLink(({ application, search }) => {
    byId("application").hidden = !application;
    byId("overview").hidden = Boolean(application);
    const key = application && JSON.stringify(application);
    if (key && (key !== before || search !== searched)) {
      offset = 0;
      setText(byId("application-title"), application.name);
      setText(byId("application-owner"), application.user);
      // Charts may stand above it, and whoever chose it by a key goes on from there.
      if (key !== before && !isFirst) {
        byId("application").scrollIntoView();
        if (document.activeElement === document.body) byId("application-title").focus({ preventScroll: true });
      }
      restart();
    } else if (key) {
      ask();
    } else {
      asked?.abort();
    }
    isFirst = false;
    before = key;
    searched = search;
  });
  onTick(() => {
    if (link.application) ask();
  });
  follow(byId("application-back"), () => ({ application: null }));
  for (const [id, step] of [["page-before", -PAGE], ["page-after", PAGE]]) {
    byId(id).addEventListener("click", () => {
      offset = Math.max(0, offset + step);
      ask();
    });
  }
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && link.application) change({ application: null });
  });
}
