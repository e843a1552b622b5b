// The colours of the style sheet, for canvases, which know none of its variables.

const probe = document.createElement("span");
probe.hidden = true;

/** What `--name` is now, light or dark. */
export function colour(name) {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
