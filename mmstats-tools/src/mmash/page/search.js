// The search: fields and applications below the box where one types. A click, or Enter, makes a chart.

import { fields } from "./api.js";
import { asker } from "./asking.js";
import { byId, keyedList, setClipped, setText, settled, toast, visibleName } from "./dom.js";
import { currentOf, isDrawable, keyOf, ownerOf, seriesOf } from "./field.js";
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
let active = null;
/** The question whose first result was chosen before it was there. */
let chosenOf = null;
let rows = new Map();
/** Results so far, each of which needs an id of its own. */
let made = 0;

const show = keyedList(list, {
  template: "result",
  key: (item) => (isField(item) ? `field ${keyOf(item)}` : `application ${JSON.stringify([item.application, item.user])}`),
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
  setText(parts.label, item.name, visibleName);
  setText(parts.digits, digits);
  setClipped(parts.unit, unit);
  setText(parts.of, ownerOf(item));
  setText(parts.kind, item.kind ?? "");
  setText(parts.help, item.history === false ? [item.help, `no history: ${item.why}`].filter(Boolean).join(" – ") : (item.help ?? ""));
}

function updateApplication(parts, item) {
  setText(parts.label, item.application);
  setText(parts.of, item.user ?? "");
  setText(parts.kind, "application");
  setText(parts.help, ["alive", "stale", "unknown"].filter((state) => item[state] > 0).map((state) => `${item[state]} ${state}`).join(", "));
}

function matching() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  return applications.filter(({ application, user }) => words.every((word) => `${application} ${user ?? ""}`.toLowerCase().includes(word)));
}

function render() {
  const others = matching();
  rows = show([...others.slice(0, APPLICATIONS), ...found.fields]);
  setText(byId("found"), summary(others.length));
  if (active && ![...rows.values()].some(({ root }) => root === active)) point(null);
}

function summary(others) {
  if (failure) return failure;
  if (others + found.total === 0) return "Nothing found.";
  const counted = (shown, all, name) => `${shown < all ? `${shown} of ` : ""}${all} ${name}${all === 1 ? "" : "s"}`;
  const texts = [counted(found.fields.length, found.total, "field")];
  if (others > 0) texts.unshift(counted(Math.min(others, APPLICATIONS), others, "application"));
  const isCut = others > APPLICATIONS || found.total > found.fields.length;
  return `${texts.join(", ")}${isCut ? ": type more to find fewer." : ""}`;
}

/** Newer numbers of what is shown already: none changes its place under the pointer. */
function inPlace(answered) {
  const places = new Map(found.fields.map((field, index) => [keyOf(field), index]));
  const place = (field) => places.get(keyOf(field)) ?? places.size;
  return answered.sort((a, b) => place(a) - place(b));
}

const search = asker({
  hear(answer, question) {
    failure = "";
    found = { ...answer, question, fields: question === found.question ? inPlace(answer.fields) : answer.fields };
    showFound();
  },
  fail({ message }, question) {
    failure = message;
    found = { total: 0, fields: [], question };
    showFound();
  },
});

function showFound() {
  if (popup.hidden) return;
  render();
  if (chosenOf === null || chosenOf !== found.question) return;
  chosenOf = null;
  chooseFirst();
}

/** Asks for what is in the box now. */
function ask() {
  const question = box.value;
  search.ask(question, (signal) => fields({ search: question, limit: LIMIT, sort: "rate" }, signal));
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
  chosenOf = null;
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
    const series = seriesOf(item);
    if (isDrawable(item) || link.charts.includes(series)) toggleChart(series);
    else toast("There is nothing to draw of it");
  } else {
    box.value = "";
    close();
    change({ application: { name: item.application, user: item.user ?? "" }, search: "" });
  }
}

/** Chooses what the arrows point at, else the first of what was found, which may still have to come. */
function enter() {
  if (popup.hidden) return open();
  const row = [...rows.values()].find(({ root }) => root === active);
  if (row) return choose(row.item);
  if (box.value.trim() === "") return;
  if (found.question === box.value) return chooseFirst();
  chosenOf = box.value;
  ask();
}

function chooseFirst() {
  const [first] = rows.values();
  if (first) choose(first.item);
}

function onKey(event) {
  // Keys by which a word is composed, as in Chinese, are not the page's.
  if (event.isComposing) return;
  if (event.key === "ArrowDown") move(1);
  else if (event.key === "ArrowUp") move(-1);
  else if (event.key === "Enter") enter();
  else if (event.key === "Escape") {
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
    chosenOf = null;
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
  // A link to a search alone shows what is found.
  if (link.search && !link.application && link.charts.length === 0) open();
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
