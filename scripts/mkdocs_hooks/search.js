// Spanish search, after lunr's own Spanish (see search.py): runs in the worker that searches.
// Words are compared without accents; a plural also finds its singular; a whole word goes first.
// A flag and a key are words as any other. What is asked as people ask («qué es…», a command, an
// error as it was printed) is found where it is told; search.yml knows synonyms, and what mends.
(() => {
  "use strict";

  const { lunr } = self;
  const MATTERS = new Set(["estado"]); // a stop word that here is a term: "estado deseado"
  const WHOLE = 10; // how much more a whole word weighs than a word that only begins so

  /** The word without accents; as long as it was, so that what was found can be marked. */
  const plain = (word) =>
    word.replace(/[^\x00-\x7f]/g, (letter) => letter.normalize("NFD")[0]);

  /** What singular and plural begin with: nodos → nodo, imagenes → imagen, services → service. */
  function singular(word) {
    if (word.length > 4 && /[dlnrsj]es$/.test(word)) return word.slice(0, -2);
    return word.length > 3 && /[^siu]s$/.test(word) ? word.slice(0, -1) : word;
  }

  const says = (word) =>
    MATTERS.has(word) || lunr.es.stopWordFilter(new lunr.Token(word)) !== undefined;

  // -- what is found

  const written = new Map(); // by plain word, the accented ways in which pages write it

  function withoutAccents(token) {
    return token.update((word) => {
      const known = plain(word);
      if (known !== word) {
        if (!written.has(known)) written.set(known, new Set());
        written.get(known).add(word);
      }
      return known;
    });
  }

  function meaningful(token) {
    return says(token.toString()) ? token : undefined;
  }

  lunr.Pipeline.registerFunction(withoutAccents, "withoutAccents");
  lunr.Pipeline.registerFunction(meaningful, "meaningful");
  const spanish = lunr.es;
  lunr.es = Object.assign(function es() {
    spanish.call(this);
    this.pipeline.add(meaningful, withoutAccents);
  }, spanish);

  // -- what is asked

  // To lunr, `-word` must not be there and `word:` is a field; here they are a flag and a key, and
  // of its signs only `+` is left, which Material writes before the words of a quoted phrase.
  // Material cuts each word out by where the lexer says that it is, with what is beside it.
  const { run } = lunr.QueryLexer.prototype;
  lunr.QueryLexer.prototype.run = function () {
    this.str = this.str.replace(/[-:^~]/g, " ");
    run.call(this);
    const start = this.str.startsWith("+") ? 1 : 0;
    for (const lexeme of this.lexemes) Object.assign(lexeme, { start, end: this.length });
  };

  // Material reads each question twice: to find, and to see which of its words were found. In the
  // second reading a word is only what its singular and plural begin with.
  let finding = false;
  let asked = ""; // as it was typed
  const { search } = lunr.Index.prototype;
  lunr.Index.prototype.search = function (question) {
    finding = true;
    try {
      return ranked(search.call(this, question));
    } finally {
      finding = false;
    }
  };

  // -- what goes first

  const GLOSSARY = "glosario/#";
  const WHAT_IS = /^¿?que (?:es|son|significa|quiere decir) (?:(?:una?|el|la|los|las) )?/;
  const REASON = /[a-z][A-Z]/; // CrashLoopBackOff, but DaemonSet too
  const ERROR = /[Ee]rror|invalid|refused|denied|[Cc]an(?:no|')t|[Ff]ailed|not found|unable/;
  const RUN = 3; // words together that are no coincidence
  const FIRST = 1e6; // more than any score of words

  const sections = new Map(); // by address, the words of each: its title's, and its text's

  /** The words of a text, apart by one space, as they are compared; markup is none. */
  const words = (text) =>
    ` ${plain((text ?? "").replace(/<[^>]*>/g, " ").replace(/&\w+;/g, " ").toLowerCase())
      .split(/[^a-z0-9]+/)
      .filter(Boolean)
      .join(" ")} `;

  const { add } = lunr.Builder.prototype;
  lunr.Builder.prototype.add = function (section, ...rest) {
    const { location, title, text } = section;
    sections.set(location, { title: words(title), text: words(text) });
    return add.call(this, section, ...rest);
  };

  /** How many of the words asked are together in a text, as many as there are. */
  function together(all, text) {
    for (let size = all.length; size >= RUN; size -= 1) {
      for (let at = 0; at + size <= all.length; at += 1) {
        if (text.includes(` ${all.slice(at, at + size).join(" ")} `)) return size;
      }
    }
    return 0;
  }

  function ranked(results) {
    const said = words(asked);
    const all = said.split(" ").filter(Boolean);
    const what = plain(asked.toLowerCase().trim()).replace(/^"|"$/g, "");
    const thing = WHAT_IS.test(what) ? words(what.replace(WHAT_IS, "")) : said;
    const meant = all.filter(says);
    const told = meant.map((word) => [word, ...others(word)].map(singular));
    for (const result of results) {
      const section = sections.get(result.ref);
      if (!section) continue;
      const defined = result.ref.startsWith(GLOSSARY);
      if (section.title === thing) result.score += defined ? 2 * FIRST : FIRST;
      else if (thing !== said && defined) result.score *= WHOLE;
      const whole = !result.ref.includes("#"); // a page's beginning, that names what comes
      if (thing === said && meant.length > 1 && !whole) {
        const size = together(all, section.text) || (section.text.includes(said) ? all.length : 0);
        result.score += (size / all.length) * FIRST;
      }
      if (told.length && told.every((ways) => ways.some((way) => section.title.includes(` ${way}`)))) {
        result.score += FIRST / 2;
      }
      const among = (pages) => pages.some((page) => result.ref.startsWith(page));
      const mends = among(self.taller.arreglan);
      if (mends && REASON.test(asked)) result.score *= 2;
      if (ERROR.test(asked) && meant.length) {
        // Less than what shows its words together: what mends errors, by how many of the words it
        // has; and the section of another page that has them all.
        const has = meant.filter((word) => section.text.includes(` ${word} `)).length / meant.length;
        if (mends) result.score += (has ** 2 * FIRST) / 4;
        else if (has === 1 && !whole) result.score += FIRST / 5;
      }
      if (among(self.taller.recuerdan)) result.score /= WHOLE;
    }
    return results.sort((one, other) => other.score - one.score);
  }

  const SYNONYM = 0.3; // how much less another word for it weighs
  const synonyms = new Map();
  for (const group of self.taller.sinonimos.map((group) => group.map((word) => plain(word)))) {
    for (const word of group) {
      synonyms.set(word, [...(synonyms.get(word) ?? []), ...group.filter((other) => other !== word)]);
    }
  }

  const others = (word) => synonyms.get(word) ?? synonyms.get(singular(word)) ?? [];

  function widened(clause) {
    if (!clause.term.endsWith("*") || clause.term.length < 2) return [clause];
    const word = clause.term.slice(0, -1);
    const one = singular(word);
    const whole = finding ? new Set([word, one, `${one}s`, `${one}es`]) : [];
    return [
      ...(finding ? others(word) : []).map((other) => ({
        ...clause,
        term: `${singular(other)}*`,
        boost: clause.boost * SYNONYM,
      })),
      { ...clause, term: `${one}*` },
      ...[...whole].map((term) => ({ ...clause, term, boost: clause.boost * WHOLE })),
    ];
  }

  const { parse } = lunr.QueryParser.prototype;
  lunr.QueryParser.prototype.parse = function () {
    // Quotes within an error that was printed ask for nothing; around all of it, for all its words.
    if (!this.lexer.str.startsWith("+")) this.lexer.str = this.lexer.str.replace(/(^|\s)\+/g, "$1");
    asked = this.lexer.str.replace(/[*+]/g, "");
    const typed = new Map(
      this.lexer.str.split(/[\s*]+/).map((word) => [plain(word.toLowerCase()), word]),
    );
    this.lexer.str = plain(this.lexer.str.toLowerCase());
    const result = parse.call(this);
    const { query } = this;
    const telling = query.clauses.filter(({ term }) => {
      const word = term.replace(/\*$/, "");
      return says(word) && says((typed.get(word) ?? word).toLowerCase());
    });
    query.clauses = (telling.length ? telling : query.clauses).flatMap(widened);
    return result;
  };

  // -- what is told: the words to mark on the page, written as pages write them

  function asWritten(term) {
    const ways = new Set([term]);
    for (const [word, accented] of written) {
      if (!word.startsWith(term)) continue;
      for (const way of accented) ways.add(way.slice(0, term.length));
    }
    return [...ways].join(" ");
  }

  const { postMessage } = self;
  self.postMessage = (message, ...rest) => {
    for (const item of message?.data?.items?.flat() ?? []) {
      item.terms = Object.fromEntries(
        Object.entries(item.terms).map(([term, found]) => [found ? asWritten(term) : term, found]),
      );
    }
    return postMessage.call(self, message, ...rest);
  };
})();
