// Keys for what the theme leaves to the mouse: labels that work as buttons (see the hook
// accessibility.py), and a way out of the menu.
(() => {
  "use strict";

  document.addEventListener("keydown", (event) => {
    const button = event.target.closest?.("label[role=button]");
    if (button && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      button.click();
      return;
    }
    const drawer = document.querySelector("#__drawer");
    if (event.key === "Escape" && drawer?.checked) {
      drawer.click();
      document.querySelector("label[for=__drawer][role=button]")?.focus();
    }
  });

  // The buttons over a code block are no landmark of the page: there would be hundreds.
  function unmark() {
    for (const group of document.querySelectorAll("nav.md-code__nav")) {
      group.setAttribute("role", "none");
    }
  }
  window.document$.subscribe(() => requestAnimationFrame(unmark));
})();
