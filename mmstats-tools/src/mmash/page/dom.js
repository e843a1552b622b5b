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

/** Sets an element's text, if it is another. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** An element with a text. */
export function element(name, text, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text ?? "";
  return made;
}

/**
 * Shows lists in `container`: yields a function that takes the items to show now. Elements of items with
 * the same key stay, so that neither focus nor selection is lost, and only what differs is touched.
 */
export function keyedList(container, { template, key, create, update }) {
  let rows = new Map();
  return (items) => {
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
    return next;
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
  place.textContent = text;
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
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (!copied) return toast(`The browser does not let ${what} be copied`);
  }
  toast(`${what} copied`);
}
