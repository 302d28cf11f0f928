// Where one is in a chapter: which part of how many, how many minutes are left, which parts one has
// ticked; and where one was, for tomorrow. The reader's browser keeps it, and nobody else.
// A chapter's parts are the rows of the table that begins it, with their minutes; or its sections,
// which share the minutes that it says by how much there is to read in each.
(() => {
  "use strict";

  const BASE = new URL("..", document.currentScript.src);
  const KEY = `taller:${BASE.pathname}avance`;
  const HEADINGS = "article :is(h2, h3)[id]";
  const NO_PART = /^(Enlaces sugeridos|Limpieza)/;
  const READING = 0.35; // of the window's height: a heading above it is the one being read

  // -- what is kept

  function kept() {
    try {
      return { pages: {}, ...JSON.parse(localStorage.getItem(KEY)) };
    } catch {
      return { pages: {} }; // a browser that keeps nothing
    }
  }

  function keep(change) {
    const all = kept();
    change(all);
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
    } catch {
      // as above
    }
  }

  const page = () => window.location.pathname.replace(BASE.pathname, "");

  // -- a chapter's parts

  const text = (heading) =>
    [...heading.childNodes]
      .filter((node) => !node.classList?.contains("headerlink"))
      .map((node) => node.textContent)
      .join("")
      .trim();

  function parts() {
    const opening = document.querySelector("article .abstract");
    if (!opening) return [];
    const listed = [...opening.querySelectorAll("tbody tr")].flatMap((row) => {
      const link = row.querySelector('a[href*="#"]');
      if (!link) return [];
      const minutes = Number(row.lastElementChild.textContent);
      return { id: decodeURIComponent(link.hash.slice(1)), title: link.textContent, minutes };
    });
    return listed.length ? listed : sections(opening);
  }

  function sections(opening) {
    const found = [];
    for (let at = opening; at; at = at.nextElementSibling) {
      if (at.matches("h2[id]")) {
        const title = text(at);
        if (NO_PART.test(title)) break;
        found.push({ id: at.id, title, length: 0 });
      }
      if (found.length) found.at(-1).length += at.textContent.length;
    }
    const whole = Number(opening.textContent.match(/Tiempo:[^.]*?(\d+) minutos/)?.[1]);
    const length = found.reduce((sum, part) => sum + part.length, 0);
    return found.map((part) => ({
      ...part,
      minutes: whole ? Math.max(1, Math.round((whole * part.length) / length)) : 0,
    }));
  }

  // -- what is shown

  function make(tag, settings, ...children) {
    const made = Object.assign(document.createElement(tag), settings);
    made.append(...children);
    return made;
  }

  function tick(part, name) {
    const box = make("input", { type: "checkbox", checked: done().includes(part.id) });
    box.setAttribute("aria-label", name);
    box.addEventListener("change", () => {
      const others = done().filter((id) => id !== part.id);
      keep(({ pages }) => {
        pages[page()] = { ...pages[page()], done: box.checked ? [...others, part.id] : others };
      });
      show();
    });
    return box;
  }

  const done = () => kept().pages[page()]?.done ?? [];

  function left(from) {
    const minutes = now.parts
      .filter((part, n) => n >= from && !done().includes(part.id))
      .reduce((sum, part) => sum + part.minutes, 0);
    if (!minutes) return "";
    return ` · ${minutes === 1 ? "falta" : "faltan"} ${minutes < 10 ? minutes : 5 * Math.round(minutes / 5)} min`;
  }

  /** The chapter's contents: its parts, and the sections of the one that is being read. */
  function list(current) {
    const items = now.parts.map((part, n) => {
      const link = make("a", { href: `#${part.id}`, textContent: part.title });
      if (n === current) link.setAttribute("aria-current", "true");
      const minutes = part.minutes ? `${part.minutes} min` : "";
      const item = make("li", {}, tick(part, `Ya hicimos «${part.title}»`), link, make("span", {}, minutes));
      const inside = n === current ? now.headings.filter((h) => h.tagName === "H3" && within(h) === n) : [];
      if (inside.length) {
        const links = inside.map((h) => make("li", {}, make("a", { href: `#${h.id}` }, text(h))));
        item.append(make("ul", {}, ...links));
      }
      return item;
    });
    return make("ol", { id: "avance-partes", hidden: !now.open }, ...items);
  }

  /** The part that a heading belongs to; -1 before the first. */
  function within(heading) {
    return now.parts.findLastIndex(
      ({ start }) =>
        start === heading || start.compareDocumentPosition(heading) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
  }

  let now = null; // the page on view
  let strip = null;

  function show() {
    const current = now.at ? within(now.at) : -1;
    const bar = [];
    if (now.parts.length) {
      const n = Math.max(current, 0);
      const part = now.parts[n];
      const where = make(
        "button",
        { type: "button", className: "avance__donde" },
        `Parte ${n + 1} de ${now.parts.length}`,
        make("span", { className: "avance__titulo" }, ` · ${part.title}`),
        left(n),
      );
      where.setAttribute("aria-expanded", String(now.open));
      where.setAttribute("aria-controls", "avance-partes");
      where.addEventListener("click", () => open(!now.open));
      const ticked = make("label", { className: "avance__hecha" }, tick(part, "Parte hecha"), "Hecha");
      bar.push(list(current), make("div", { className: "avance__barra" }, where, ticked));
    }
    if (now.offer) {
      const { href, title } = now.offer;
      const link = make("a", { className: "avance__seguir", href }, "Seguir donde quedaron: ", make("b", {}, title));
      bar.unshift(link);
    }
    const focused = [...strip.querySelectorAll("a, button, input")].indexOf(document.activeElement);
    strip.replaceChildren(...bar);
    strip.hidden = !bar.length;
    document.documentElement.classList.toggle("con-avance", !strip.hidden);
    strip.style.setProperty("--hecho", done().length / (now.parts.length || 1));
    if (focused >= 0) strip.querySelectorAll("a, button, input")[focused]?.focus();
  }

  function open(whether) {
    now.open = whether;
    show();
    if (whether) strip.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  function look() {
    const line = window.innerHeight * READING;
    const at = now.headings.findLast((heading) => heading.getBoundingClientRect().top < line);
    const away = now.offer && window.scrollY > 2 * window.innerHeight;
    if (away) now.offer = null; // one reads something else
    if (at === now.at && !away) return;
    now.at = at;
    if (at && within(at) >= 0) {
      keep((all) => {
        const chapter = text(document.querySelector("article h1"));
        const place = { at: at.id, title: text(at), chapter };
        all.pages[page()] = { ...all.pages[page()], ...place };
        all.last = page();
      });
    }
    show();
  }

  /** Where one was: in this chapter or, on the home page, in the last one. */
  function offer() {
    const home = document.querySelector("article .portada:not(.imprimible *)");
    if (window.location.hash || (!home && !now.parts.length)) return null;
    const { pages, last } = kept();
    const place = pages[home ? last : page()];
    if (!place?.at) return null;
    if (home) return { href: `${BASE.href}${last}#${place.at}`, title: `${place.chapter}, ${place.title}` };
    return place.at === now.parts[0].id ? null : { href: `#${place.at}`, title: place.title };
  }

  window.document$.subscribe(() => {
    if (!strip) {
      strip = make("aside", { className: "avance", hidden: true });
      strip.setAttribute("aria-label", "Por dónde vamos");
      strip.addEventListener("click", (event) => {
        if (!event.target.closest("a")) return;
        now.offer = null;
        open(false);
      });
      document.body.append(strip);
    }
    const found = parts().map((part) => ({ ...part, start: document.getElementById(part.id) }));
    now = {
      parts: found.filter(({ start }) => start),
      headings: [...document.querySelectorAll(HEADINGS)],
      at: null,
      open: false,
    };
    now.offer = offer();
    show();
  });

  let waiting = false;
  window.addEventListener(
    "scroll",
    () => {
      if (waiting || !now?.parts.length) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        look();
      }, 150);
    },
    { passive: true },
  );

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !now?.open) return;
    open(false);
    strip.querySelector("button")?.focus();
  });
})();
