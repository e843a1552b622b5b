// The page's elements. Everything that is shown is set as text, never as HTML: labels, texts and names
// are whatever some program wrote.

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A copy of a template: its root, and its elements by their `data-part`. */
export function fromTemplate(id) {
  const root = byId(id).content.firstElementChild.cloneNode(true);
  const parts = {};
  for (const part of root.querySelectorAll("[data-part]")) parts[part.dataset.part] = part;
  return { root, parts };
}

/**
 * Characters that reorder or hide what is around them or break lines, and backslashes that look like the escapes of
 * these: as `mmstats_tools::escape` has them.
 */
const HAZARDS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\\(?=u\{|x)/g;
/** The same in names, whose backslashes belong to escapes that the server has made. */
const HAZARDS_OF_NAMES = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const LINES = new Set(["\n", "\t"]);
/** Characters that are shown of what may have a million: more than anyone reads of a name or a help text. */
const MOST = 1000;

/** `text`, or its beginning, with what is hazardous written as `\u{202e}`, but for those of `kept`. */
export function visible(text, kept) {
  return escaped(text, HAZARDS, kept);
}

/**
 * The same for a name of a field as the server writes it, or text with one: it can be copied to where a name is
 * expected. One of a link may be anyone's, so what is hazardous is escaped here, too.
 */
export function visibleName(text) {
  return escaped(text, HAZARDS_OF_NAMES);
}

function escaped(text, hazards, kept) {
  const beginning = text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  return beginning.replace(hazards, (character) => (kept?.has(character) ? character : `\\u{${character.codePointAt(0).toString(16)}}`));
}

/** Sets an element's text, if it is another. */
export function setText(element, text, show = visible) {
  const shown = show(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Says what an element is to who does not see it. */
export function setLabel(element, text, show = visible) {
  element.setAttribute("aria-label", show(text));
}

/** Sets a text that may not have the room it needs: the pointer shows all of it. */
export function setClipped(element, text, show = visible) {
  setText(element, text, show);
  element.title = show(text);
}

/** An element with a text. */
export function element(name, text, className, show = visible) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = show(text ?? "");
  return made;
}

/** An element with a text of several lines. */
export function elementOfLines(name, text) {
  const made = document.createElement(name);
  made.textContent = visible(text, LINES);
  return made;
}

/** Whether the keyboard's focus is in `element`. */
export function hasFocus(element) {
  return element.contains(document.activeElement);
}

/** Whether the focus is nowhere: what had it is gone. */
export function isFocusLost() {
  return document.activeElement === null || document.activeElement === document.body;
}

/**
 * Shows lists in `container`: yields a function that takes the items to show now. Elements of items with
 * the same key stay, so that neither focus nor selection is lost, and only what differs is touched.
 */
export function keyedList(container, { template, key, create, update }) {
  let rows = new Map();
  return (items) => {
    const focus = focusIn(container);
    const wanted = new Map(items.map((item) => [key(item), item]));
    // Before others are put in their places: whoever stands in order need not move.
    for (const [name, row] of rows) if (!wanted.has(name)) row.root.remove();
    const next = new Map();
    let place = container.firstElementChild;
    for (const [name, item] of wanted) {
      const row = rows.get(name) ?? fromTemplate(template);
      row.item = item;
      if (!rows.has(name)) create?.(row);
      update(row, item);
      next.set(name, row);
      if (row.root === place) place = place.nextElementSibling;
      else container.insertBefore(row.root, place);
    }
    rows = next;
    focus?.restore();
    return next;
  };
}

/** The focus, if it is in a row of `container`: moved rows lose it, and of those that go their place keeps it. */
function focusIn(container) {
  const held = document.activeElement;
  if (!container.contains(held)) return null;
  const index = [...container.children].findIndex((row) => row.contains(held));
  return {
    restore() {
      if (document.activeElement === held) return;
      const row = container.children[Math.min(index, container.children.length - 1)];
      const next = container.contains(held) ? held : row?.querySelector("a, button");
      next?.focus({ preventScroll: true });
    },
  };
}

/** Calls `act` once after calls have ceased for `wait` milliseconds. */
export function settled(wait, act) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
}

/** Says something in passing, to the eye and to screen readers. */
export function toast(text) {
  const place = byId("toast");
  setText(place, text);
  place.dataset.shown = "";
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => {
    delete place.dataset.shown;
    place.textContent = "";
  }, 3000);
}

/** Copies `text`, and says of `what` that it did. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS browsers offer the clipboard to pages of this machine only.
    const before = document.activeElement;
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    before?.focus({ preventScroll: true });
    if (!copied) return toast(`The browser does not let ${what} be copied`);
  }
  toast(`${what} copied`);
}
