// A link to a section of another page ends there, whatever one does while that page is coming. With
// instant navigation the address changes first; scrolling meanwhile, Material writes where one is
// in the old page into the entry of the new one, and then goes to that place.
(() => {
  "use strict";

  let followed = false; // the page that is coming was asked for by a link

  document.addEventListener("click", (event) => {
    followed = Boolean(event.target.closest?.("a[href]"));
  });
  // Back and forward lead to where one was, and that is Material's to know.
  window.addEventListener("popstate", () => {
    followed = false;
  });

  /** Goes to that section as the browser does, so that it is the `:target` of the page. */
  function follow(hash) {
    const link = document.createElement("a");
    link.href = hash;
    link.addEventListener("click", (event) => event.stopPropagation());
    link.click();
  }

  window.document$.subscribe(() => {
    if (!followed || !window.location.hash) return;
    followed = false;
    requestAnimationFrame(() => {
      history.replaceState(null, "");
      follow(window.location.hash);
    });
  });
})();
