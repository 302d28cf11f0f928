// Keys for what the theme leaves to the mouse: the buttons that the hook accessibility.py makes of
// labels, and a way out of the menu.
(() => {
  "use strict";

  const MENU = "__drawer";
  // Where the keyboard goes in what a button opens: the first of these that is in sight.
  const FIRST = {
    [MENU]: ".md-sidebar--primary a[href]:not(.md-logo)",
    __search: "[data-md-component=search-query]",
  };

  const seen = (element) =>
    element.getClientRects().length > 0 && getComputedStyle(element).visibility === "visible";

  document.addEventListener("click", (event) => {
    const id = event.target.closest?.("button[data-boton]")?.dataset.boton;
    if (!id) return;
    const toggle = document.getElementById(id);
    toggle.click();
    if (!toggle.checked) return;
    [...document.querySelectorAll(FIRST[id])].find(seen)?.focus();
  });

  // The skip link takes the keyboard along. Instant navigation brings the page anew the first time
  // that an address changes, also within it, and what had the focus is gone.
  let skipped = "";

  function focusContent() {
    const content = skipped && document.getElementById(skipped);
    if (!content) return;
    content.tabIndex = -1;
    content.focus();
  }

  document.addEventListener("click", (event) => {
    const skip = event.target.closest?.("a.md-skip");
    if (!skip) return;
    skipped = decodeURIComponent(skip.hash.slice(1));
    focusContent();
  });

  window.document$.subscribe(() => {
    if (document.activeElement === document.body) focusContent();
    skipped = "";
  });

  // Who sees the label of the menu's table of contents takes its checkbox for a button.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.id === "__toc") event.target.click();
  });

  document.addEventListener("keydown", (event) => {
    const menu = document.getElementById(MENU);
    if (event.key !== "Escape" || !menu?.checked) return;
    menu.click();
    document.querySelector(`button[data-boton=${MENU}]`)?.focus();
  });

  // While the menu covers the page, the keyboard stays in it: after the last comes the first.
  const COVERS = matchMedia("(max-width: 76.234375em)"); // Material's: below it the menu is a drawer

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !COVERS.matches || !document.getElementById(MENU)?.checked) return;
    const all = document.querySelectorAll(".md-sidebar--primary :is(a[href], input)");
    const stops = [...all].filter((stop) => stop.tabIndex >= 0 && seen(stop));
    const ends = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (document.activeElement !== ends[0]) return;
    event.preventDefault();
    ends[1].focus();
  });

  // What scrolls from side to side can be scrolled with the keyboard. Material sees to code.
  const sizes = new ResizeObserver((entries) => {
    // All are measured before one changes: measuring after a change lays the page out anew.
    const measured = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth]);
    for (const [target, over] of measured) {
      if (over) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  window.document$.subscribe(() =>
    requestAnimationFrame(() => {
      sizes.disconnect();
      for (const box of document.querySelectorAll(".md-typeset__scrollwrap, .tabbed-labels")) {
        sizes.observe(box);
      }
    }),
  );

  // The buttons over a code block are no landmark of the page: there would be hundreds. Material
  // brings them when the block is near.
  const arrivals = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const group of addedNodes) {
        if (group.matches?.("nav.md-code__nav")) group.setAttribute("role", "none");
      }
    }
  });

  window.document$.subscribe(() => {
    arrivals.disconnect();
    arrivals.observe(document.querySelector("article"), { childList: true, subtree: true });
  });
})();
