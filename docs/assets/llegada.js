// Each page keeps its own place. With instant navigation the address changes first and the page
// comes after; what one scrolls meanwhile, or just before, Material writes into the entry of the
// page that is coming: a link to a section then ends somewhere else, and so does Back.
// A reload goes on where one was. Chromium does not take that place itself: it looks for the element
// that was on top and at times takes one that only looks like it, some lines away.
// It comes before Material's script, which would write the wrong place over the right one.
(() => {
  "use strict";

  const [{ type }] = performance.getEntriesByType("navigation");
  const place = history.state?.y; // in CSS pixels, by Material
  if (["reload", "back_forward"].includes(type) && place !== undefined) {
    const reading = new AbortController(); // one scrolls already
    for (const sign of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      window.addEventListener(sign, () => reading.abort(), { passive: true, signal: reading.signal });
    }
    window.addEventListener(
      "load",
      () => {
        history.scrollRestoration = "manual"; // "auto" would have its say after this
        window.scrollTo({ top: place, behavior: "instant" });
        reading.abort();
      },
      { signal: reading.signal },
    );
  }

  let shown = window.location.pathname;
  const write = history.replaceState.bind(history);

  history.replaceState = (...entry) => {
    if (window.location.pathname === shown) write(...entry);
  };

  document.addEventListener("DOMContentLoaded", () => {
    window.document$.subscribe(() => {
      shown = window.location.pathname;
    });
  });
})();
