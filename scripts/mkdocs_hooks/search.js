// Spanish search, after lunr's own Spanish (see search.py): runs in the worker that searches.
// Words are compared without accents; a plural also finds its singular; a whole word goes first.
// A flag and a key are words as any other.
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
  const { search } = lunr.Index.prototype;
  lunr.Index.prototype.search = function (question) {
    finding = true;
    try {
      return search.call(this, question);
    } finally {
      finding = false;
    }
  };

  function widened(clause) {
    if (!clause.term.endsWith("*") || clause.term.length < 2) return [clause];
    const word = clause.term.slice(0, -1);
    const one = singular(word);
    const whole = finding ? new Set([word, one, `${one}s`, `${one}es`]) : [];
    return [
      { ...clause, term: `${one}*` },
      ...[...whole].map((term) => ({ ...clause, term, boost: clause.boost * WHOLE })),
    ];
  }

  const { parse } = lunr.QueryParser.prototype;
  lunr.QueryParser.prototype.parse = function () {
    const asked = new Map(
      this.lexer.str.split(/[\s*]+/).map((word) => [plain(word.toLowerCase()), word]),
    );
    this.lexer.str = plain(this.lexer.str.toLowerCase());
    const result = parse.call(this);
    const { query } = this;
    const telling = query.clauses.filter(({ term }) => {
      const word = term.replace(/\*$/, "");
      return says(word) && says((asked.get(word) ?? word).toLowerCase());
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
