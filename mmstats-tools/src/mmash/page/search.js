// The search: fields and applications below the box where one types. A click, or Enter, makes a chart.

import { fields } from "./api.js";
import { byId, keyedList, setText, settled } from "./dom.js";
import { currentOf, nameOf, ownerOf, seriesOf } from "./field.js";
import { change, link, onLink, toggleChart } from "./link.js";
import { onTick } from "./stream.js";

const LIMIT = 40;
const APPLICATIONS = 5;

const box = byId("search");
const popup = byId("popup");
const list = byId("results");

let applications = [];
let found = { total: 0, fields: [] };
let failure = "";
let request = null;
let active = null;
let rows = new Map();
/** Results so far, each of which needs an id of its own. */
let made = 0;

const show = keyedList(list, {
  template: "result",
  key: (item) => (isField(item) ? `field ${seriesOf(item)}` : `application ${JSON.stringify([item.application, item.user])}`),
  create(row) {
    made += 1;
    row.root.id = `result-${made}`;
    row.root.addEventListener("pointerdown", (event) => event.preventDefault());
    row.root.addEventListener("click", () => choose(row.item));
  },
  update({ root, parts }, item) {
    (isField(item) ? updateField : updateApplication)(parts, item);
    const isChart = isField(item) && link.charts.includes(seriesOf(item));
    root.setAttribute("aria-selected", String(isChart));
    setText(parts.mark, isChart ? "in charts" : "");
  },
});

/** Whether a result is a field, and no application. */
function isField(item) {
  return "label" in item;
}

function updateField(parts, item) {
  const { digits, unit } = currentOf(item);
  setText(parts.label, nameOf(item));
  setText(parts.digits, digits);
  setText(parts.unit, unit);
  setText(parts.of, ownerOf(item));
  setText(parts.kind, item.kind ?? "");
  setText(parts.help, item.history === false ? [item.help, item.why ?? "no history"].filter(Boolean).join(" – ") : (item.help ?? ""));
}

function updateApplication(parts, item) {
  setText(parts.label, item.application);
  setText(parts.of, item.user ?? "");
  setText(parts.kind, "application");
  setText(parts.help, ["alive", "stale", "unknown"].filter((state) => item[state] > 0).map((state) => `${item[state]} ${state}`).join(", "));
}

function matching() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  return applications
    .filter(({ application, user }) => words.every((word) => `${application} ${user ?? ""}`.toLowerCase().includes(word)))
    .slice(0, APPLICATIONS);
}

function render() {
  const items = [...matching(), ...found.fields];
  rows = show(items);
  setText(byId("found"), summary(items.length));
  if (active && ![...rows.values()].some(({ root }) => root === active)) point(null);
}

function summary(count) {
  if (failure) return failure;
  if (count === 0) return "Nothing found.";
  if (found.total > found.fields.length) return `${found.fields.length} of ${found.total} fields: type more to find fewer.`;
  return `${found.total} ${found.total === 1 ? "field" : "fields"}`;
}

/** Newer numbers of what is shown already: none changes its place under the pointer. */
function inPlace(answered) {
  const places = new Map(found.fields.map((field, index) => [seriesOf(field), index]));
  const place = (field) => places.get(seriesOf(field)) ?? places.size;
  return answered.sort((a, b) => place(a) - place(b));
}

/** Asks for what is in the box now; an answer that comes after the next question is not heard. */
async function ask() {
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  try {
    const question = box.value;
    const answer = await fields({ search: question, limit: LIMIT, sort: "rate" }, signal);
    failure = "";
    found = { ...answer, question, fields: question === found.question ? inPlace(answer.fields) : answer.fields };
  } catch (error) {
    if (signal.aborted) return;
    failure = error.message;
    found = { total: 0, fields: [] };
  }
  if (!signal.aborted && !popup.hidden) render();
}

const askSoon = settled(80, ask);

function open() {
  if (popup.hidden) {
    popup.hidden = false;
    box.setAttribute("aria-expanded", "true");
    ask();
  }
}

function close() {
  popup.hidden = true;
  box.setAttribute("aria-expanded", "false");
  point(null);
}

/** Marks a result as the one that Enter chooses. */
function point(result) {
  active?.classList.remove("active");
  active = result;
  if (!result) return box.removeAttribute("aria-activedescendant");
  result.classList.add("active");
  result.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", result.id);
}

function move(step) {
  open();
  const results = [...list.children];
  if (results.length === 0) return;
  const index = results.indexOf(active);
  const next = index < 0 ? (step > 0 ? 0 : results.length - 1) : (index + step + results.length) % results.length;
  point(results[next]);
}

function choose(item) {
  if (isField(item)) {
    toggleChart(seriesOf(item));
  } else {
    box.value = "";
    close();
    change({ application: { name: item.application, user: item.user ?? "" }, search: "" });
  }
}

function onKey(event) {
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Enter") {
    const row = [...rows.values()].find(({ root }) => root === (active ?? list.firstElementChild));
    if (popup.hidden) open();
    else if (row) choose(row.item);
  } else if (event.key === "Escape") {
    if (!popup.hidden) close();
    else if (box.value) {
      box.value = "";
      change({ search: "" }, { replace: true });
    } else return;
    event.stopPropagation();
  } else return;
  event.preventDefault();
}

/** Begins to search. */
export function showSearch() {
  box.addEventListener("input", () => {
    change({ search: box.value.trim() }, { replace: true });
    point(null);
    open();
    askSoon();
  });
  box.addEventListener("keydown", onKey);
  box.addEventListener("click", open);
  byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  byId("search-form").addEventListener("focusout", (event) => {
    if (!byId("search-form").contains(event.relatedTarget)) close();
  });
  onLink(() => {
    if (box.value.trim() !== link.search) box.value = link.search;
    if (!popup.hidden) render();
  });
  onTick((tick) => {
    ({ applications } = tick);
    // What is found is shown with its numbers, which are soon old.
    if (!popup.hidden) ask();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
