// Light or dark: as the system has it, until the switch says otherwise. It is no module, so that it
// runs before the first paint.
"use strict";

(() => {
  const KEY = "mmash.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");

  /** What was chosen; storage may be forbidden. */
  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // The choice holds until the page is left.
    }
  }

  function isDark() {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : system.matches;
  }

  function apply() {
    const button = document.getElementById("theme");
    button?.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
    dispatchEvent(new Event("mmash-theme"));
  }

  const theme = chosen();
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  system.addEventListener("change", apply);
  addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme").addEventListener("click", () => {
      const next = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      keep(next);
      apply();
    });
  });
})();
