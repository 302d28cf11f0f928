// What one does with a block: its long lines are broken, and its commands copied.
//
// Copying from a console block gives commands, and neither prompts, output nor remarks.
// The block's button copies them all; where there are several, each `$` copies its own.
// Material copies from `data-clipboard-text`, or from the block's `data-copy` when there is one.
(() => {
  "use strict";

  const PROMPT = /^(?:\$|╰─) /;
  const CONTINUATION = /^> /;
  const HEREDOC = /<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1/;
  const REMARK = /\s{2,}# .*$/;

  /** Whether a quote of the command is still open at its end. */
  function quoting(command) {
    let quote = "";
    for (let at = 0; at < command.length; at += 1) {
      const sign = command[at];
      if (sign === "\\" && quote !== "'") at += 1;
      else if (quote) quote = sign === quote ? "" : quote;
      else if (sign === "'" || sign === '"') quote = sign;
    }
    return quote !== "";
  }

  /** The commands of a transcript, as a person would type them. */
  function commands(transcript) {
    const found = [];
    let open = false; // the lines that follow still belong to the command
    let delimiter = null; // what ends the here-document that we are in
    for (const line of transcript.split("\n")) {
      if (delimiter !== null) {
        const text = line.replace(CONTINUATION, "");
        found.at(-1).push(text);
        if (text.trim() === delimiter) delimiter = null;
        continue;
      }
      const starts = PROMPT.test(line);
      const within = open && quoting(found.at(-1).join("\n"));
      const continues =
        within || (open && (CONTINUATION.test(line) || found.at(-1).at(-1).endsWith("\\")));
      open = starts || continues;
      if (!open) continue;
      const bare = line.replace(starts && !within ? PROMPT : CONTINUATION, "");
      const text = within ? bare : bare.replace(REMARK, "");
      if (starts && !within) found.push([]);
      found.at(-1).push(text);
      delimiter = text.match(HEREDOC)?.[2] ?? null;
    }
    return found.map((lines) => lines.join("\n"));
  }

  /** The prompt of a command as a button that copies it. */
  function button(prompt, command) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `${prompt.className} copiar`;
    made.title = "Copiar este comando";
    made.setAttribute("aria-label", `Copiar este comando: ${command}`);
    made.dataset.clipboardText = command;
    made.textContent = prompt.textContent;
    return made;
  }

  function prepare() {
    for (const code of document.querySelectorAll(".language-console pre > code")) {
      if (code.dataset.copy !== undefined) continue;
      const found = commands(code.textContent);
      code.dataset.copy = found.join("\n");
      const prompts = [...code.querySelectorAll(".gp")].filter((prompt) =>
        PROMPT.test(prompt.textContent),
      );
      if (found.length < 2 || prompts.length !== found.length) continue;
      prompts.forEach((prompt, n) => prompt.replaceWith(button(prompt, found[n])));
    }
  }

  /** In the cheat sheet, each command has a button of its own. */
  function prepareSheet() {
    for (const code of document.querySelectorAll(".comandos > dt > code:only-child")) {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "md-code__button"; // drawn by Material
      made.dataset.mdType = "copy";
      made.title = "Copiar este comando";
      made.setAttribute("aria-label", `Copiar este comando: ${code.textContent}`);
      made.dataset.clipboardText = code.textContent;
      code.after(made);
    }
  }

  // Lines that do not fit say so (the style sheet shades that side) and can be broken.
  const sizes = new ResizeObserver((entries) => {
    // All are measured before one changes, here and in other scripts: measuring after a change lays
    // the page out anew.
    const measured = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth + 1]);
    requestAnimationFrame(() => {
      for (const [code, over] of measured) {
        code.classList.toggle("sobra", over);
        if (over) code.tabIndex = 0; // Material does so too, but only when the block is near
        else code.removeAttribute("tabindex");
        if (over && !code.parentElement.querySelector(".partir")) code.after(breaking(code));
      }
    });
  });

  /** The button that breaks a block's long lines, or leaves them whole again. */
  function breaking(code) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "partir";
    made.title = "Partir los renglones largos";
    made.setAttribute("aria-label", made.title);
    made.setAttribute("aria-pressed", "false");
    made.textContent = "↵";
    made.addEventListener("click", () => {
      const broken = code.parentElement.classList.toggle("partido");
      made.setAttribute("aria-pressed", String(broken));
    });
    return made;
  }

  window.document$.subscribe(() => {
    sizes.disconnect();
    for (const code of document.querySelectorAll("article pre > code")) sizes.observe(code);
  });
  window.document$.subscribe(prepare);
  window.document$.subscribe(prepareSheet);
})();
