// Draws the diagrams (<div class="mermaid">) that are near, and loads mermaid for the first of them.
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

  // What mermaid mixes its own colours from. Those that are seen are the style sheet's, so that a
  // drawing follows the page to the dark and to paper without being drawn again.
  const COLORS = {
    primaryColor: "#e2efef",
    primaryBorderColor: "#0b5f6b",
    primaryTextColor: "#17252a",
    lineColor: "#3f6a72",
    textColor: "#17252a",
    titleColor: "#17252a",
    edgeLabelBackground: "#fdfcf9",
    clusterBkg: "#f5f3ec",
    clusterBorder: "#c8c2b0",
  };
  const PAINT = `
    .node :is(rect, circle, ellipse, polygon, path), rect.actor {
      fill: var(--diagrama-caja) !important; stroke: var(--diagrama-borde) !important;
    }
    .cluster rect, rect.note {
      fill: var(--diagrama-grupo) !important; stroke: var(--diagrama-grupo-borde) !important;
    }
    .label, .label *, .cluster-label *, .edgeLabel *, text, tspan {
      color: var(--diagrama-texto) !important;
    }
    text, tspan { fill: var(--diagrama-texto) !important; }
    .flowchart-link, .transition, .actor-line, .messageLine0, .messageLine1 {
      stroke: var(--diagrama-linea) !important;
    }
    .marker, .marker path, [id$="barbEnd"] path, [id$="arrowhead"] path, .node .state-start {
      fill: var(--diagrama-linea) !important; stroke: var(--diagrama-linea) !important;
    }
    .edgeLabel, .edgeLabel p, .labelBkg { background: var(--md-default-bg-color) !important; }
    .edgeLabel rect { fill: var(--md-default-bg-color) !important; }
  `;
  // A drawing shrinks to fit, but not its letters below this part of their size: it scrolls.
  const READABLE = 0.78;
  const NARROW = window.matchMedia("(max-width: 600px)"); // a phone
  const OTHER_FONTS = 0.15; // how much more or less a drawing takes with the reader's own
  const PAPER = 680; // what a sheet takes, in CSS pixels: what a screen shows may be printed
  const FLOW = /^(\s*(?:graph|flowchart)\s+)(LR|TD)\b/;
  const TURNED = { LR: "TD", TD: "LR" };

  /** How close to each other things are drawn: closer where there is less room. */
  const spacing = (narrow) => ({
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
  async function drawing(mermaid, diagram, room) {
    const { source } = diagram.dataset;
    const other = source.replace(FLOW, (_, flow, way) => flow + TURNED[way]);
    const known = diagram.dataset.turned?.split(" "); // in which rooms, from the build
    const ways = known ? [known.includes(room) ? other : source] : [source, other];
    const width = Math.min(diagram.clientWidth, PAPER);
    const made = [];
    for (const way of ways) {
      drawn += 1;
      const { svg, bindFunctions } = await mermaid.render(`diagrama-${drawn}`, way);
      const [wide, high] = svg.match(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)/).slice(1).map(Number);
      made.push({ svg, bindFunctions, wide, high, turned: way !== source });
      if (wide * READABLE <= width || !FLOW.test(source)) break;
    }
    return made.reduce((best, one) => (one.wide < best.wide ? one : best));
  }

  /** Gives the drawing the room that was kept for it, if that is about what it takes. */
  function fit(diagram, room, { wide, high, turned }) {
    const names = room === "phone" ? ["--phone-width", "--phone-height"] : ["--width", "--height"];
    const close = names.every((name, n) => {
      const kept = Number(diagram.style.getPropertyValue(name));
      return Math.abs(kept / [wide, high][n] - 1) < OTHER_FONTS;
    });
    diagram.dataset.natural = `${Math.round(wide)} ${Math.round(high)} ${turned}`;
    if (!close) names.forEach((name, n) => diagram.style.setProperty(name, [wide, high][n]));
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
    const room = NARROW.matches ? "phone" : "wide";
    if (looks.get(diagram) === room || !diagram.isConnected) return;
    looks.set(diagram, room);
    try {
      library ??= load();
      const mermaid = await library;
      mermaid.initialize({
        ...settings,
        ...spacing(room === "phone"),
        startOnLoad: false,
        theme: "base",
        themeCSS: HALO + PAINT,
        themeVariables: { ...COLORS, fontFamily: font() },
      });
      const made = await drawing(mermaid, diagram, room);
      if (looks.get(diagram) !== room) return; // something changed meanwhile
      steadily(() => {
        fit(diagram, room, made);
        diagram.innerHTML = made.svg;
        const picture = diagram.querySelector("svg");
        corner(picture);
        picture.removeAttribute("style"); // the style sheet gives it its size
        picture.setAttribute("aria-hidden", "true"); // the hook mermaid.py says it in words
        diagram.classList.add("mermaid--dibujado");
      });
      diagram.dataset.room = room;
      sizes.observe(diagram);
      made.bindFunctions?.(diagram);
    } catch (error) {
      diagram.textContent = `No pudimos dibujar este diagrama:\n\n${diagram.dataset.source}`;
      diagram.classList.add("mermaid--error");
      console.error("mermaid", error);
    }
  }

  // One after another: mermaid keeps its settings in a global.
  let queue = Promise.resolve();
  function ask(diagram) {
    queue = queue.then(() => draw(diagram));
    return queue;
  }

  const all = () => document.querySelectorAll("div.mermaid");
  const drawAll = () => Promise.all([...all()].map(ask));

  // What is near is drawn before it is seen.
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) ask(target);
    },
    { rootMargin: "150% 0px" },
  );

  function watch() {
    near.disconnect();
    if (document.querySelector(".imprimible")) drawAll(); // a page that is there for paper
    else for (const diagram of all()) near.observe(diagram);
  }

  window.document$.subscribe(watch);
  NARROW.addEventListener("change", watch);

  // Paper takes all of them. A browser that prints from its menu does not wait: what is not drawn by
  // then is told in words (imprimir.css). Its keys we can hold until all is drawn.
  window.addEventListener("beforeprint", drawAll);
  window.matchMedia("print").addEventListener("change", drawAll);
  window.addEventListener("keydown", (event) => {
    const prints = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "p";
    if (!prints || ![...all()].some((diagram) => !looks.has(diagram))) return;
    event.preventDefault();
    drawAll().then(() => window.print());
  });
})();
