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
  const READABLE = 0.78;
  const NARROW = window.matchMedia("(max-width: 600px)"); // a phone
  const PAPER = 680; // what a sheet takes, in CSS pixels: what a screen shows may be printed
  const FLOW = /^(\s*(?:graph|flowchart)\s+)(LR|TD)\b/;
  const TURNED = { LR: "TD", TD: "LR" };

  /** How close to each other things are drawn: closer where there is less room. */
  const room = (narrow) => ({
    flowchart: {
      nodeSpacing: narrow ? 14 : 30,
      rankSpacing: narrow ? 30 : 40,
      padding: narrow ? 5 : 12,
      wrappingWidth: narrow ? 100 : 160,
      subGraphTitleMargin: { top: 0, bottom: 12 },
    },
    sequence: {
      actorMargin: narrow ? 6 : 60,
      diagramMarginX: 4,
      width: narrow ? 108 : 130,
      wrap: true,
    },
  });

  // A message's words are read over the lifelines that they lie on.
  const HALO = `.messageText {
    paint-order: stroke;
    stroke: var(--md-default-bg-color);
    stroke-linejoin: round;
    stroke-width: 6px;
  }`;

  /** A group's title goes in its corner: arrows come in through the middle. */
  function corner(picture) {
    for (const group of picture.querySelectorAll(".cluster")) {
      const title = group.querySelector(".cluster-label");
      const { x, y, width } = group.querySelector("rect").getBBox();
      const beside = Math.min(8, (width - title.getBBox().width) / 2);
      title.setAttribute("transform", `translate(${x + beside}, ${y + 2})`);
    }
  }

  const scheme = () => (document.body.dataset.mdColorScheme === "slate" ? "dark" : "light");

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

  // A drawing that scrolls can be scrolled with the keyboard too.
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  /** The drawing; a flow that does not fit as it is written goes the other way, if that is narrower. */
  async function drawing(mermaid, source, width) {
    const made = [];
    for (const way of [source, source.replace(FLOW, (_, flow, way) => flow + TURNED[way])]) {
      drawn += 1;
      const { svg, bindFunctions } = await mermaid.render(`diagrama-${drawn}`, way);
      const natural = Number(svg.match(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+)/)?.[1] ?? 0);
      made.push({ svg, bindFunctions, natural });
      if (natural * READABLE <= width || !FLOW.test(source)) break;
    }
    return made.reduce((best, other) => (other.natural < best.natural ? other : best));
  }

  /** A change above the section that one came to leaves it where it is, as most browsers do. */
  function steadily(change) {
    const section = document.querySelector(":target");
    const before = section?.getBoundingClientRect().top;
    change();
    if (!(before >= 0 && before < window.innerHeight)) return; // one has gone on reading
    const moved = section.getBoundingClientRect().top - before;
    if (moved) window.scrollBy({ top: moved, behavior: "instant" });
  }

  async function draw(diagram) {
    diagram.dataset.source ??= diagram.textContent;
    const theme = scheme();
    const narrow = NARROW.matches;
    const look = `${theme} ${narrow}`;
    if (looks.get(diagram) === look) return;
    looks.set(diagram, look);
    try {
      library ??= load();
      const mermaid = await library;
      mermaid.initialize({
        ...settings,
        ...room(narrow),
        startOnLoad: false,
        theme: "base",
        themeCSS: HALO,
        themeVariables: { ...COLORS[theme], fontFamily: font() },
      });
      const { source } = diagram.dataset;
      const { svg, bindFunctions } = await drawing(
        mermaid,
        source,
        Math.min(diagram.clientWidth, PAPER),
      );
      if (looks.get(diagram) !== look) return; // something changed meanwhile
      steadily(() => {
        diagram.innerHTML = svg;
        const picture = diagram.querySelector("svg");
        corner(picture);
        picture.style.minWidth = `${picture.viewBox.baseVal.width * READABLE}px`;
        picture.setAttribute("aria-hidden", "true"); // the hook mermaid.py says it in words
        diagram.classList.add("mermaid--dibujado");
      });
      diagram.dataset.theme = theme;
      diagram.dataset.room = narrow ? "narrow" : "wide";
      sizes.observe(diagram);
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
