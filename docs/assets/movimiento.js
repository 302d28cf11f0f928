// Who asks for less motion gets it: Material slides tabs and the table of contents by itself, and
// no style sheet can tell a script not to.
(() => {
  "use strict";

  const LESS = window.matchMedia("(prefers-reduced-motion: reduce)");
  for (const name of ["scrollTo", "scrollBy"]) {
    const move = Element.prototype[name];
    Element.prototype[name] = function (...to) {
      const [options] = to;
      if (!LESS.matches || typeof options !== "object") return move.apply(this, to);
      return move.call(this, { ...options, behavior: "auto" });
    };
  }
})();
