// For who teaches in front of a class: one section a screen, in big type, gone through with keys.
(() => {
  "use strict";

  const KEY = "d";
  const ASKED = "proyector"; // in an address that opens projected
  const KEPT = `taller:${new URL("..", document.currentScript.src).pathname}proyector`; // till one leaves
  const ROOT = document.documentElement;
  const TYPING = "input, textarea, select, [contenteditable]";
  const PRESSED = "a, button, summary, label"; // the space bar is theirs

  let sections = []; // each, the elements that it is made of
  let at = 0;
  let bar = null;

  const on = () => ROOT.classList.contains("proyector");

  /** Whether this tab projects, also after it went to another page or loaded this one anew. */
  function projecting() {
    try {
      return sessionStorage.getItem(KEPT) !== null;
    } catch {
      return false; // a browser that keeps nothing
    }
  }

  function keep(is) {
    try {
      if (is) sessionStorage.setItem(KEPT, "");
      else sessionStorage.removeItem(KEPT);
    } catch {
      // as above
    }
  }

  function cut() {
    sections = [];
    for (const child of document.querySelector("article")?.children ?? []) {
      if (child.matches("h1, h2, h3") || !sections.length) sections.push([]);
      sections.at(-1).push(child);
    }
    sections = sections.filter((section) => section.some((child) => child.matches("h1, h2, h3, p, div")));
  }

  function show(n) {
    at = Math.max(0, Math.min(n, sections.length - 1));
    sections.forEach((section, other) => {
      for (const child of section) child.classList.toggle("fuera", on() && other !== at);
    });
    if (!on()) return;
    bar.querySelector("span").textContent = `${at + 1} de ${sections.length}`;
    window.scrollTo({ top: 0, behavior: "instant" });
  }

  /** The next section; first, what of this one is below the screen. */
  function advance() {
    const more = document.scrollingElement.scrollHeight - window.scrollY - window.innerHeight;
    if (more > 8) window.scrollBy({ top: 0.85 * window.innerHeight, behavior: "instant" });
    else show(at + 1);
  }

  function enter() {
    cut();
    if (!sections.length) return;
    const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    const reading = sections.findLastIndex(
      ([first]) => first.getBoundingClientRect().top < window.innerHeight / 3,
    );
    const asked = sections.findIndex((section) => section.some((child) => child.contains(named)));
    bar ??= makeBar();
    document.body.append(bar);
    ROOT.classList.add("proyector");
    keep(true);
    show(window.scrollY > 0 || asked < 0 ? reading : asked);
  }

  function leave() {
    ROOT.classList.remove("proyector");
    keep(false);
    bar?.remove();
    const [first] = sections[at] ?? [];
    show(at);
    first?.scrollIntoView({ behavior: "instant" });
    const address = new URL(window.location.href); // that reloading leaves the page as it is
    address.searchParams.delete(ASKED);
    history.replaceState(history.state, "", address);
  }

  function makeBar() {
    const made = document.createElement("nav");
    made.className = "proyector__barra";
    made.setAttribute("aria-label", "Proyector");
    const buttons = [
      ["←", "Sección anterior", () => show(at - 1)],
      ["→", "Sección siguiente", () => show(at + 1)],
      ["✕", "Salir del proyector", leave],
    ].map(([sign, name, press]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", press);
      return button;
    });
    made.append(buttons[0], document.createElement("span"), ...buttons.slice(1));
    return made;
  }

  const MOVES = {
    ArrowRight: () => show(at + 1),
    ArrowLeft: () => show(at - 1),
    PageDown: advance,
    PageUp: () => show(at - 1),
    " ": advance,
    Home: () => show(0),
    End: () => show(sections.length - 1),
    Escape: leave,
  };

  // Before Material, which has keys of its own.
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
      if (event.key === " " && event.target.closest?.(PRESSED)) return;
      const move = event.key === KEY ? (on() ? leave : enter) : on() && MOVES[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      move();
    },
    true,
  );

  // A link to another section of the page leads to its screen.
  window.addEventListener("hashchange", () => {
    const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    const n = sections.findIndex((section) => section.some((child) => child.contains(named)));
    if (on() && n >= 0) show(n);
  });

  window.document$.subscribe(() => {
    if (on() || projecting() || new URLSearchParams(window.location.search).has(ASKED)) enter();
  });
})();
