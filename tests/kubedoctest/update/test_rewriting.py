"""Documented and real output in, the lines that the page should show out.

Each proposal that is used is true afterwards, and rewriting it again changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest
from stage import LISTINGS, daemon_pod, lines

from kubedoctest.comparison.output_format import OutputFormat
from kubedoctest.comparison.outputs import agrees, read
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import Proof
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.update.updater import Answer, rewritings
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import known

PODS_TABLE = OutputFormat(LISTINGS.format_of("kubectl get pods").volatile)
PODS = Patterns(known(daemon_pod(f"mi-app-{tail}") for tail in ("zzzzz", "xxxxx", "vvvvv")))


def true(documented: str, real: str, bindings: Bindings, partial: bool = False) -> bool:
    how = replace(PODS_TABLE, partial=partial)
    laid = read(lines(documented), dedent(real).lstrip("\n"), PODS, how)
    return isinstance(agrees(laid, bindings, "page.md:1"), Proof)


def all_true(texts: list[str], answer: str) -> bool:
    documented = [DocumentedLine(10 + n, text.rstrip()) for n, text in enumerate(texts)]
    return isinstance(agrees(read(documented, answer, PODS), Bindings(), "page.md:1"), Proof)


def known_as(names: dict[str, str]) -> Bindings:
    """What a page knows that has shown these names."""
    held = Bindings().holding(frozenset(names.items()), "page.md:1")
    assert held is not None
    return held


def rewritten(
    documented: str,
    real: str,
    *,
    partial: bool = False,
    knows: dict[str, str] | None = None,
    upcoming: tuple[str, ...] = (),
) -> list[str]:
    """The first proposal that is true; with the bindings it keeps and the answer it came from."""
    real = dedent(real).lstrip("\n")

    bindings = known_as(knows or {})
    assert not true(documented, real, bindings, partial), "there is nothing to rewrite"
    answer = Answer(real, PODS, bindings, replace(PODS_TABLE, partial=partial), upcoming=upcoming)
    for proposal in rewritings(lines(documented), answer):
        texts = [line.text for line in proposal]
        if true("\n".join(texts), real, bindings, partial):
            return texts
    pytest.fail("no proposal is true")


def shown(text: str) -> list[str]:
    return dedent(text).strip("\n").split("\n")


TABLE = """
    NAME           READY   STATUS    RESTARTS   AGE
    mi-app-zzzzz   1/1     Running   0          14s
    mi-app-xxxxx   1/1     Running   0          14s
    mi-app-vvvvv   0/1     Error     3 (5s ago) 14s
"""


def test_only_the_wrong_cell_of_a_row_changes_and_its_remark_stays() -> None:
    assert rewritten(
        """
        NAME     READY   STATUS      AGE
        a        1/1     Completed   2m    # este
        b        1/1     Running     2m    # y este
        """,
        """
        NAME   READY   STATUS    AGE
        a      1/1     Running   14s
        b      1/1     Running   14s
        """,
    ) == shown("""
        NAME     READY   STATUS      AGE
        a        1/1     Running     2m    # este
        b        1/1     Running     2m    # y este
    """)


@pytest.mark.parametrize(
    "lie",
    [
        "mi-app-hd4xp   1/1     Completed   0          4s",
        "mi-app-hd4xp   9/9     Running   7          4s",
    ],
)
def test_the_name_on_a_wrong_row_is_kept_even_if_it_was_never_seen(lie: str) -> None:
    texts = rewritten(
        f"""
        NAME           READY   STATUS    RESTARTS   AGE
        mi-app-7kzvw   1/1     Running   0          4s
        {lie}
        mi-app-q9m6c   0/1     Error     3 (9s ago)   4s
        """,
        """
        NAME           READY   STATUS    RESTARTS     AGE
        mi-app-zzzzz   1/1     Running   0            14s
        mi-app-xxxxx   1/1     Running   0            14s
        mi-app-vvvvv   0/1     Error     3 (5s ago)   14s
        """,
    )
    assert [text.split()[0] for text in texts[1:]] == [
        "mi-app-7kzvw",
        "mi-app-hd4xp",
        "mi-app-q9m6c",
    ]
    assert texts[2].split() == ["mi-app-hd4xp", "1/1", "Running", "0", "4s"]


PAIR = """
    NAME           READY
    mi-app-zzzzz   1/1
    mi-app-xxxxx   1/1
"""


def test_a_row_that_is_missing_gets_the_name_that_the_page_knows() -> None:
    texts = rewritten(
        "NAME           READY\nmi-app-7kzvw   1/1",
        PAIR,
        knows={"mi-app-7kzvw": "mi-app-zzzzz", "mi-app-hd4xp": "mi-app-xxxxx"},
    )
    assert texts == ["NAME           READY", "mi-app-7kzvw   1/1", "mi-app-hd4xp   1/1"]


def test_or_else_the_name_that_the_page_shows_later() -> None:
    texts = rewritten(
        "NAME           READY\nmi-app-7kzvw   1/1",
        PAIR,
        upcoming=("$ otra cosa mi-appq", "mi-app-7kzvw y mi-app-hd4xp"),
    )
    assert texts[2] == "mi-app-hd4xp   1/1"


def test_or_else_the_real_name() -> None:
    texts = rewritten("NAME           READY\nmi-app-7kzvw   1/1", PAIR)
    assert texts[2] in ("mi-app-xxxxx   1/1", "mi-app-zzzzz   1/1")


def test_a_row_that_is_gone_goes_and_the_others_are_not_touched() -> None:
    assert rewritten(
        """
        NAME           READY
        mi-app-7kzvw     1/1
        mi-app-hd4xp   1/1  # este
        mi-app-tr8jm   1/1
        """,
        PAIR,
        knows={"mi-app-7kzvw": "mi-app-zzzzz", "mi-app-hd4xp": "mi-app-xxxxx"},
    ) == ["NAME           READY", "mi-app-7kzvw     1/1", "mi-app-hd4xp   1/1  # este"]


def test_a_table_whose_cells_do_not_fit_is_laid_out_as_kubectl_does() -> None:
    assert rewritten(
        """
        NAME   STATUS    AGE
        a      Running   3s    # largo
        b      Running   2d
        """,
        """
        NAME   STATUS             AGE
        a      CrashLoopBackOff   14s
        b      Running            14s
        """,
    ) == shown("""
        NAME   STATUS             AGE
        a      CrashLoopBackOff   3s  # largo
        b      Running            2d
    """)


def test_new_columns() -> None:
    assert rewritten(
        "NAME   AGE\na      2d  # este",
        "NAME   STATUS   AGE\na      Ready    14s\n",
    ) == ["NAME   STATUS   AGE", "a      Ready    2d  # este"]


def test_a_fixed_order_is_the_real_one() -> None:
    assert rewritten("NAME\nb\na", "NAME\na\nb\n") == ["NAME", "a", "b"]


def test_an_excerpt_of_a_table_stays_one() -> None:
    assert rewritten(
        """
        NAME   READY
        a      0/1
        ...
        """,
        """
        NAME   READY
        a      1/1
        b      1/1
        c      1/1
        """,
    ) == ["NAME   READY", "a      1/1", "..."]


def test_text_keeps_what_agrees() -> None:
    assert rewritten(
        "uno  # primero\ndoz  # segundo\ntres",
        "uno\ndos\ntres\ncuatro\n",
    ) == ["uno  # primero", "dos  # segundo", "tres", "cuatro"]


@pytest.mark.parametrize(
    ("documented", "real", "expected"),
    [
        ("1\n...\n21", "1\n2\n3\n20\n", ["1", "...", "20"]),
        ("0\n...\n4", "1\n2\n3\n4\n", ["1", "...", "4"]),
        ("...\nuno", "a\nb\ndos\n", ["...", "dos"]),
        ("uno\n...", "dos\nb\n", ["dos", "..."]),
        ("a\n...\ncosa vieja\n...\nz", "a\nb\ncosa nueva\nc\nz\n", None),
        ("a\n...\nx\nz", "a\nb\nc\ny\nz\n", ["a", "...", "y", "z"]),
    ],
)
def test_what_is_left_out_stays_left_out(
    documented: str, real: str, expected: list[str] | None
) -> None:
    expected = expected or ["a", "...", "cosa nueva", "...", "z"]
    assert rewritten(documented, real) == expected


def test_only_gaps_are_never_proposed() -> None:
    assert rewritten("...\nhola", "") == []


def test_an_excerpt_changes_only_where_it_is_wrong() -> None:
    assert rewritten("b: 3", "a: 1\nb: 2\nc: 3\n", partial=True) == ["b: 2"]


def test_a_table_shown_in_part_gets_no_further_rows() -> None:
    said = """
        NAME     READY   STATUS      AGE
        b        1/1     Completed   2m
    """
    real = """
        NAME   READY   STATUS    AGE
        a      1/1     Running   14s
        b      1/1     Running   14s
        c      1/1     Running   14s
    """
    assert rewritten(said, real, partial=True) == shown("""
        NAME     READY   STATUS      AGE
        b        1/1     Running     2m
    """)
    assert len(rewritten(said, real)) == 4


def test_the_page_names_in_text() -> None:
    assert rewritten(
        'pod "mi-app-tr8jm" deleted  # la víctima',
        'pod "mi-app-zzzzz" deleted from default namespace\n',
    ) == ['pod "mi-app-tr8jm" deleted from default namespace  # la víctima']


def test_lines_that_only_names_tell_apart_stay_where_they_are() -> None:
    assert rewritten(
        'pod "mi-app-tr8jm" deleted\npod "mi-app-hd4xp" deleted\nfin',
        'pod "mi-app-zzzzz" deleted\npod "mi-app-xxxxx" deleted\nlisto\n',
        knows={"mi-app-hd4xp": "mi-app-zzzzz", "mi-app-tr8jm": "mi-app-xxxxx"},
    ) == ['pod "mi-app-tr8jm" deleted', 'pod "mi-app-hd4xp" deleted', "listo"]


def test_a_table_that_became_a_message() -> None:
    assert rewritten(
        "NAME   READY\na      1/1  # ah", "No resources found in default namespace.\n"
    ) == ["No resources found in default namespace."]


def test_a_message_that_became_a_table() -> None:
    assert rewritten("No resources found in default namespace.", "NAME   READY\na      1/1\n") == [
        "NAME   READY",
        "a      1/1",
    ]


def test_two_tables_with_a_blank_line_between() -> None:
    assert rewritten(
        "NAME       READY\npod/a      1/1\n\nNAME    AGE\nsvc/a   1d",
        "NAME    READY\npod/a   0/1\n\nNAME    AGE\nsvc/a   3s\n",
    ) == ["NAME       READY", "pod/a      0/1", "", "NAME    AGE", "svc/a   1d"]


def test_tabs_are_written_so_that_they_compare() -> None:
    assert rewritten("viejo", "a\tb\n") == ["a    b"]


def test_what_looks_like_a_remark_is_output() -> None:
    assert rewritten("clave: 1  # uno", "clave: 2  # dos\n") == ["clave: 2  # dos"]


PASSED = tuple(
    (f"mi-app-{tail}", (f"mi-app-{tail}", ready, status, "0", "1s"))
    for ready, status in [("0/1", "Pending"), ("0/1", "ContainerCreating"), ("1/1", "Running")]
    for tail in ("zzzzz", "xxxxx", "vvvvv")
)
SETTLED = dedent("""\
    NAME           READY   STATUS    RESTARTS   AGE
    mi-app-zzzzz   1/1     Running   0          4s
    mi-app-xxxxx   1/1     Running   0          4s
    mi-app-vvvvv   1/1     Running   0          4s
""")


@pytest.mark.parametrize(
    "lie",
    [
        "mi-app-hd4xp   0/1     CrashLoopBackOff    0          1s  # este",
        "mi-app-hd4xp   0/1     Error               7          1s  # este",
    ],
)
def test_a_state_that_passed_stays_and_a_wrong_row_is_in_the_state_of_the_others(lie: str) -> None:
    true = "mi-app-hd4xp   0/1     ContainerCreating   0          1s  # este"
    page = f"""
        NAME           READY   STATUS              RESTARTS   AGE
        mi-app-7kzvw   0/1     ContainerCreating   0          1s
        {lie}
        mi-app-q9m6c   0/1     ContainerCreating   0          1s
    """
    answer = Answer(SETTLED, PODS, Bindings(), PODS_TABLE, passed=PASSED)
    proposal = next(rewritings(lines(page), answer))
    assert [line.text for line in proposal] == shown(page.replace(lie, true))


def test_of_the_states_that_passed_the_one_most_like_the_page_is_shown() -> None:
    page = """
        NAME           READY   STATUS              RESTARTS   AGE
        mi-app-7kzvw   0/1     Terminating         3          0s  # otro nombre?!
        mi-app-hd4xp   1/1     Running             0          9s
        mi-app-q9m6c   1/1     Running             0          9s
    """
    passed = [
        *PASSED[6:],
        ("mi-app-zzzzz", ("mi-app-zzzzz", "0/1", "ContainerCreating", "0", "1s")),
    ]
    knows = known_as({"mi-app-7kzvw": "mi-app-zzzzz"})
    answer = Answer(SETTLED, PODS, knows, PODS_TABLE, passed=tuple(passed))
    proposal = next(rewritings(lines(page), answer))
    true = page.replace("Terminating         3", "ContainerCreating   0")
    assert [line.text for line in proposal] == shown(true)


def test_a_missing_row_too() -> None:
    page = """
        NAME           READY   STATUS              RESTARTS   AGE
        mi-app-7kzvw   0/1     ContainerCreating   0          1s
        mi-app-hd4xp   0/1     ContainerCreating   0          1s
    """
    ahead = ("mi-app-q9m6c",)
    answer = Answer(SETTLED, PODS, Bindings(), PODS_TABLE, ahead, PASSED)
    proposal = next(rewritings(lines(page), answer))
    texts = [line.text for line in proposal]
    assert texts[:1] + sorted(texts[1:]) == [
        *shown(page),
        "mi-app-q9m6c   0/1     ContainerCreating   0          1s",
    ]


DESCRIBED = """
    Name:  web
    Containers:
      uno:
        Image:  a:2
        State:  Running
      dos:
        Image:  a:1
        State:  Running
    Events:  <none>
"""


def proposed(documented: str, real: str, **more: object) -> list[list[str]]:
    answer = Answer(dedent(real).lstrip("\n"), PODS, Bindings(), **more)  # type: ignore[arg-type]
    found = rewritings(lines(documented), answer)
    return [[line.text for line in proposal] for proposal in found]


def test_line_of_an_excerpt_is_taken_from_under_its_own_parent() -> None:
    excerpt = """
        ...
        Containers:
          uno:
            Image:  a:{}
        ...
    """
    assert proposed(excerpt.format(1), DESCRIBED)[0] == shown(excerpt.format(2))


@pytest.mark.parametrize("parent", ["Volumes:", "  tres:"])
def test_line_under_a_parent_that_is_not_there_gets_none_of_another(parent: str) -> None:
    excerpt = f"...\n{parent}\n    Image:  a:3\n..."
    for proposal in proposed(excerpt, DESCRIBED):
        assert not any("Image" in line for line in proposal), proposal


def test_fragment_that_lost_its_indentation_gets_it_back_and_no_more() -> None:
    assert proposed("uno:\n  Image:  a:2", DESCRIBED) == [
        ["...", "  uno:", "    Image:  a:2", "..."]
    ]


def test_row_of_an_object_that_is_gone_in_the_end_is_not_taken() -> None:
    real = "NAME   STATUS\na      Running\nb      Terminating\n"
    first, *_ = proposed("NAME   STATUS\na      Error", real, gone=frozenset({"b", "Terminating"}))
    assert first == ["NAME   STATUS", "a      Running"]
    first, *_ = proposed("NAME   STATUS\na      Error", real)
    assert len(first) == 3


# -- whatever the page says and the cluster answers

WORDS = ("uno", "dos", "tres", "pod/a created", "error: no", "x: 1  # dos", "", "$HOME", "a\tb")
TAILS = ("zzzzz", "xxxxx", "vvvvv")
AUTHORS = ("7kzvw", "hd4xp", "q9m6c", "tr8jm")


def some_text(dice: random.Random) -> list[str]:
    made = [dice.choice(WORDS) for _ in range(dice.randrange(7))]
    return made + [f'pod "mi-app-{tail}" deleted' for tail in TAILS[: dice.randrange(4)]]


def some_table(dice: random.Random) -> list[str]:
    tails = dice.sample(TAILS, dice.randrange(1, 4))
    names = [f"mi-app-{tail}" for tail in tails] if dice.random() < 0.6 else ["a", "b", "c"]
    rows = [
        [name, dice.choice(("0/1", "1/1")), dice.choice(("Running", "CrashLoopBackOff", "")), "3s"]
        for name in names
    ]
    header = ["NAME", "READY", "STATUS", "AGE"]
    widths = [max(map(len, column)) + 3 for column in zip(header, *rows, strict=True)]
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]


def some_page(real: list[str], dice: random.Random) -> list[str]:
    """What an author may have had for it, long ago."""
    page = [line for line in real if dice.random() < 0.8]
    names = dict(zip(TAILS, dice.sample(AUTHORS, 3), strict=True))
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(page) + 1)
        change = dice.randrange(4)
        if change == 0:
            page.insert(at, dice.choice((*WORDS, "...", "mi-app-tr8jm   1/1     Running   3s")))
        elif change == 1:
            page.insert(at, "...")
        elif page:
            old = page[at % len(page)]
            page[at % len(page)] = (
                old.replace("Running", "Error").replace("o", "a") if change == 2 else f"{old}  # ah"
            )
    text = "\n".join(page)
    for tail, author in names.items():
        text = text.replace(tail, author)
    page = text.split("\n") if text else []
    while page and not page[-1].strip():
        page.pop()
    return page


@pytest.mark.parametrize("kind", [some_text, some_table], ids=["text", "table"])
def test_some_proposal_is_true_and_then_nothing_is_left_to_do(
    kind: Callable[[random.Random], list[str]],
) -> None:
    mended = 0
    for seed in range(600):
        dice = random.Random(seed)
        real = kind(dice)
        page = some_page(real, dice)
        answer = "".join(f"{line}\n" for line in real)
        documented = tuple(DocumentedLine(10 + n, text) for n, text in enumerate(page))
        if all_true(page, answer):
            continue
        proposals = list(rewritings(documented, Answer(answer, PODS, Bindings())))
        texts = [[line.text for line in proposal] for proposal in proposals]
        mending = [text for text in texts if all_true(text, answer)]
        only_gaps = all(text.strip() in ("...", "") for text in page)
        assert mending or only_gaps, f"{seed}: {page} for {real}: {texts}"
        mended += 1
    assert mended > 200, "hardly any page was wrong"
