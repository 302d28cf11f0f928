// The page verificacion/: a filter over its blocks, by what they say and by how they stand.
(() => {
  "use strict";

  const STATES = {
    "": "todos",
    si: "verificados",
    copia: "iguales a su archivo",
    no: "no coinciden",
    duda: "sin verificar",
    mostrado: "solo se muestran",
  };
  // As search does: without accents, and in small letters.
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  function form() {
    const made = document.createElement("form");
    made.setAttribute("role", "search");
    made.innerHTML = `
      <label>Comando, sección o archivo <input type="search" autocomplete="off"></label>
      <label>Cómo le fue <select></select></label>
      <output aria-live="polite"></output>`;
    for (const [value, words] of Object.entries(STATES)) {
      made.querySelector("select").add(new Option(words, value));
    }
    made.addEventListener("submit", (event) => event.preventDefault());
    return made;
  }

  window.document$.subscribe(() => {
    const room = document.querySelector("[data-filtro]:empty");
    if (!room) return;
    const made = form();
    const [words, state] = made.querySelectorAll("input, select");
    const blocks = [...document.querySelectorAll(".bloques > li")];
    const texts = blocks.map((block) => plain(block.textContent));

    function filter() {
      const wanted = plain(words.value).split(/\s+/).filter(Boolean);
      let left = 0;
      blocks.forEach((block, n) => {
        const fits = !state.value || block.dataset.estado === state.value;
        block.hidden = !(fits && wanted.every((word) => texts[n].includes(word)));
        left += !block.hidden;
      });
      // A page of which nothing is left has no title either.
      for (const list of document.querySelectorAll(".bloques")) {
        list.hidden = !list.querySelector(":scope > li:not([hidden])");
        list.previousElementSibling.hidden = list.hidden;
      }
      made.querySelector("output").textContent = `Se ${left === 1 ? "ve" : "ven"} ${left} de ${blocks.length} bloques`;
    }

    made.addEventListener("input", filter);
    // A mark leads to its block, whatever is filtered.
    window.addEventListener("hashchange", () => {
      if (!document.querySelector(":target")?.hidden) return;
      made.reset();
      filter();
      document.querySelector(":target").scrollIntoView();
    });
    room.append(made);
    filter();
  });
})();
