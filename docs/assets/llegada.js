// A link to a section of another page ends there, whatever one does while that page is coming. With
// instant navigation the address changes first; scrolling meanwhile, Material writes where one is
// in the old page into the entry of the new one, its section into the new address, and then goes to
// that place, or to the top.
(() => {
  "use strict";

  let wanted = null; // the address of the link that was followed

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    wanted = link ? new URL(link.href, window.location) : null;
  });
  // Back and forward lead to where one was, and that is Material's to know.
  window.addEventListener("popstate", () => {
    wanted = null;
  });

  /** Goes to that section as the browser does, so that it is the `:target` of the page. */
  function follow(hash) {
    const link = document.createElement("a");
    link.href = hash;
    link.addEventListener("click", (event) => event.stopPropagation());
    link.click();
  }

  window.document$.subscribe(() => {
    const address = wanted;
    wanted = null;
    if (!address?.hash || address.pathname !== window.location.pathname) return;
    requestAnimationFrame(() => {
      history.replaceState(null, "", address.hash);
      follow(address.hash);
    });
  });
})();
