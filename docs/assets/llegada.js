// Each page keeps its own place. With instant navigation the address changes first and the page
// comes after; what one scrolls meanwhile, or just before, Material writes into the entry of the
// page that is coming: a link to a section then ends somewhere else, and so does Back.
(() => {
  "use strict";

  let shown = window.location.pathname;
  const write = history.replaceState.bind(history);

  history.replaceState = (...entry) => {
    if (window.location.pathname === shown) write(...entry);
  };

  window.document$.subscribe(() => {
    shown = window.location.pathname;
  });
})();
