// Which time charts show: some ranges, up to all that the server keeps.

import { byId, keyedList, setText } from "./dom.js";
import { change, onLink, setUsualRange } from "./link.js";
import { onTick } from "./stream.js";
import { duration } from "./units.js";

const HOUR = 3600;
const RANGES = [300, 900, HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR];

let kept = HOUR;
let chosen = HOUR;

const showChoices = keyedList(byId("ranges"), {
  template: "range-choice",
  key: (range) => range,
  update({ parts }, range) {
    parts.input.value = range;
    parts.input.checked = range === chosen;
    setText(parts.text, duration(range));
  },
});

function render() {
  showChoices([...RANGES.filter((range) => range < kept), kept]);
}

/** Begins to show it. */
export function showRange() {
  onLink(({ range }) => {
    chosen = range;
    render();
  });
  onTick(({ history }) => {
    // Where little is kept, charts still go on from now.
    const next = Math.max(Math.round(history), RANGES[0]);
    if (next === kept) return;
    kept = next;
    setUsualRange(Math.min(HOUR, kept));
    render();
  });
  byId("range").addEventListener("change", ({ target }) => change({ range: Number(target.value) }));
}
