// Keys for what the theme leaves to the mouse: the buttons that the hook accessibility.py makes of
// labels, and a way out of the menu.
(() => {
  "use strict";

  const MENU = "__drawer";
  // Where the keyboard goes in what a button opens.
  const FIRST = {
    [MENU]: ".md-sidebar--primary a[href]:not(.md-logo)",
    __search: "[data-md-component=search-query]",
  };

  document.addEventListener("click", (event) => {
    const id = event.target.closest?.("button[data-boton]")?.dataset.boton;
    if (!id) return;
    const toggle = document.getElementById(id);
    toggle.click();
    if (toggle.checked) document.querySelector(FIRST[id])?.focus();
  });

  // Instant navigation scrolls to what the skip link names, and leaves the keyboard behind.
  document.addEventListener("click", (event) => {
    const skip = event.target.closest?.("a.md-skip");
    const content = skip && document.getElementById(decodeURIComponent(skip.hash.slice(1)));
    if (!content) return;
    content.tabIndex = -1;
    content.focus();
  });

  document.addEventListener("keydown", (event) => {
    const menu = document.getElementById(MENU);
    if (event.key !== "Escape" || !menu?.checked) return;
    menu.click();
    document.querySelector(`button[data-boton=${MENU}]`)?.focus();
  });

  // The buttons over a code block are no landmark of the page: there would be hundreds.
  window.document$.subscribe(() =>
    requestAnimationFrame(() => {
      for (const group of document.querySelectorAll("nav.md-code__nav")) {
        group.setAttribute("role", "none");
      }
    }),
  );
})();
