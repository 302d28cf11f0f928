// Draws the diagrams (<div class="mermaid">) of the page, and loads mermaid only if there is one.
// Works with instant navigation: Material announces each page through `document$`.
(() => {
  "use strict";

  const LIBRARY = new URL("mermaid/mermaid.esm.min.mjs", document.currentScript.src).href;
  let library = null; // the promise of the module, once a page has asked for it
  let settings = {};
  let drawn = 0;

  // mermaid2 writes `mermaid.initialize({…})` on the pages that hold a diagram.
  window.mermaid = {
    initialize(options) {
      settings = { ...settings, ...options };
    },
  };

  const dark = () => document.body.dataset.mdColorScheme === "slate";

  function font() {
    return getComputedStyle(document.body).fontFamily;
  }

  async function draw(diagram) {
    diagram.dataset.source ??= diagram.textContent;
    const theme = dark() ? "dark" : "default";
    if (diagram.dataset.theme === theme) return;
    diagram.dataset.theme = theme;
    try {
      library ??= import(LIBRARY);
      const { default: mermaid } = await library;
      mermaid.initialize({ ...settings, startOnLoad: false, theme, fontFamily: font() });
      drawn += 1;
      const { svg, bindFunctions } = await mermaid.render(`diagrama-${drawn}`, diagram.dataset.source);
      if (diagram.dataset.theme !== theme) return; // the palette changed meanwhile
      diagram.innerHTML = svg;
      diagram.classList.add("mermaid--dibujado");
      bindFunctions?.(diagram);
    } catch (error) {
      diagram.textContent = `No pudimos dibujar este diagrama:\n\n${diagram.dataset.source}`;
      diagram.classList.add("mermaid--error");
      console.error("mermaid", error);
    }
  }

  // One after another: mermaid keeps its settings in a global.
  let queue = Promise.resolve();
  function drawAll() {
    for (const diagram of document.querySelectorAll("div.mermaid")) {
      queue = queue.then(() => draw(diagram));
    }
  }

  window.document$.subscribe(drawAll);
  new MutationObserver(drawAll).observe(document.body, {
    attributes: true,
    attributeFilter: ["data-md-color-scheme"],
  });
})();
