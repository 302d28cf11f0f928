// The copy button of a console block copies the commands, and neither prompts nor output.
// Material takes the text to copy from the nearest `data-copy`, when there is one.
(() => {
  "use strict";

  const PROMPT = /^(?:\$|╰─) /;
  const CONTINUATION = /^> /;
  const HEREDOC = /<<-?\s*(['"]?)([A-Za-z_][A-Za-z0-9_]*)\1/;
  const REMARK = /\s{2,}# .*$/;

  /** The commands of a transcript, as a person would type them. */
  function commands(transcript) {
    const copied = [];
    let open = false; // the lines that follow still belong to the command
    let delimiter = null; // what ends the here-document that we are in
    for (const line of transcript.split("\n")) {
      if (delimiter !== null) {
        const text = line.replace(CONTINUATION, "");
        copied.push(text);
        if (text.trim() === delimiter) delimiter = null;
        continue;
      }
      const starts = PROMPT.test(line);
      const continues = open && (CONTINUATION.test(line) || copied.at(-1).endsWith("\\"));
      open = starts || continues;
      if (!open) continue;
      const text = line.replace(starts ? PROMPT : CONTINUATION, "").replace(REMARK, "");
      copied.push(text);
      delimiter = text.match(HEREDOC)?.[2] ?? null;
    }
    return copied.join("\n");
  }

  function prepare() {
    for (const code of document.querySelectorAll(".language-console pre > code")) {
      code.dataset.copy = commands(code.textContent);
    }
  }

  window.document$.subscribe(prepare);
})();
