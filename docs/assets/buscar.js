// Search, before Material's own script. Its index, the largest of a page's files, is asked for when
// the reader goes to the search; Material would ask as each page opens.
(() => {
  "use strict";

  const INDEX = "search/search_index.json";
  const LEADS_TO_SEARCH = ".md-search, [for=__search], [data-boton=__search]";

  const sought = new Promise((reached) => {
    // A result's address holds the words that its page marks, which the index tells apart.
    if (new URLSearchParams(window.location.search).has("h")) reached();
    for (const coming of ["pointerover", "focusin"]) {
      document.addEventListener(coming, ({ target }) => {
        if (target.closest(LEADS_TO_SEARCH)) reached();
      });
    }
  });

  const { open } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    if (String(url).endsWith(INDEX)) {
      const { send } = this;
      this.send = (...body) => sought.then(() => send.apply(this, body));
    }
    return open.call(this, method, url, ...rest);
  };

  // From what one types, the arrow leads to the best result, as Enter does: to its section, and not
  // to the beginning of its page, which Material lists above it.
  const BEST_PAGE = ".md-search-result__item:first-child a[href]";

  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "ArrowDown" || !event.target.matches?.("[data-md-component=search-query]")) return;
      const score = (link) => Number(link.firstElementChild?.dataset.mdScore ?? 0);
      const links = [...document.querySelectorAll(BEST_PAGE)];
      const best = links.sort((one, other) => score(other) - score(one))[0];
      if (!best) return;
      event.preventDefault();
      event.stopPropagation();
      best.focus();
    },
    true,
  );
})();
