// Draws the diagrams (<div class="mermaid">) of the page, and loads mermaid only if there is one.
// Works with instant navigation: Material announces each page through `document$`.
(() => {
  "use strict";

  const LIBRARY = new URL("mermaid/mermaid.esm.min.mjs", document.currentScript.src).href;
  let library = null; // the promise of the module, once a page has asked for it
  let settings = {};
  let drawn = 0;
  const looks = new WeakMap(); // by diagram, what it shows or is about to

  // mermaid2 writes `mermaid.initialize({…})` on the pages that hold a diagram.
  window.mermaid = {
    initialize(options) {
      settings = { ...settings, ...options };
    },
  };

  const COLORS = {
    light: {
      primaryColor: "#e8eaf6",
      primaryBorderColor: "#3f51b5",
      primaryTextColor: "#1d2340",
      lineColor: "#4a5699",
      textColor: "#1d2340",
      titleColor: "#1d2340",
      edgeLabelBackground: "#ffffff",
      clusterBkg: "#f6f7fc",
      clusterBorder: "#b7bee3",
    },
    dark: {
      darkMode: true,
      primaryColor: "#2f3a6b",
      primaryBorderColor: "#8f9ce0",
      primaryTextColor: "#eef0fb",
      lineColor: "#a9b3e6",
      textColor: "#dfe3f7",
      titleColor: "#dfe3f7",
      edgeLabelBackground: "#1e2129",
      clusterBkg: "#262a36",
      clusterBorder: "#4c557f",
    },
  };
  // A drawing shrinks to fit, but not its letters below this part of their size: it scrolls.
  const READABLE = 0.8;
  const NARROW = window.matchMedia("(max-width: 600px)");
  const ACROSS = /^(\s*(?:graph|flowchart)\s+)(?:LR|RL)\b/; // a flow from side to side

  const scheme = () => (document.body.dataset.mdColorScheme === "slate" ? "dark" : "light");

  /** On a phone what goes from side to side goes down. */
  const fitting = (source) => (NARROW.matches ? source.replace(ACROSS, "$1TD") : source);

  function font() {
    return getComputedStyle(document.body).fontFamily;
  }

  /** The library. A page opened from a folder may not import modules: there it is one script. */
  async function load() {
    if (window.location.protocol !== "file:") return (await import(LIBRARY)).default;
    const script = document.createElement("script");
    script.src = new URL("mermaid.min.js", LIBRARY).href;
    document.head.append(script);
    await new Promise((loaded, failed) => Object.assign(script, { onload: loaded, onerror: failed }));
    return window.mermaid;
  }

  async function draw(diagram) {
    diagram.dataset.source ??= diagram.textContent;
    const theme = scheme();
    const source = fitting(diagram.dataset.source);
    const look = `${theme} ${source}`;
    if (looks.get(diagram) === look) return;
    looks.set(diagram, look);
    try {
      library ??= load();
      const mermaid = await library;
      mermaid.initialize({
        ...settings,
        startOnLoad: false,
        theme: "base",
        themeVariables: { ...COLORS[theme], fontFamily: font() },
      });
      drawn += 1;
      const { svg, bindFunctions } = await mermaid.render(`diagrama-${drawn}`, source);
      if (looks.get(diagram) !== look) return; // something changed meanwhile
      diagram.innerHTML = svg;
      diagram.dataset.theme = theme;
      const drawing = diagram.querySelector("svg");
      drawing.style.minWidth = `${drawing.viewBox.baseVal.width * READABLE}px`;
      drawing.setAttribute("aria-hidden", "true"); // the hook mermaid.py says it in words
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
  NARROW.addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.body, {
    attributes: true,
    attributeFilter: ["data-md-color-scheme"],
  });
})();
