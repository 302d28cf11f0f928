"""A page that goes on past an output that is not true, and stops where a command fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubedoctest.testing import FastClock, Harness, JudgedPage


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness() as harness:
        yield harness


def statuses(page: JudgedPage) -> list[str]:
    return [outcome.status.value for outcome in page.outcomes]


DRIFT = """
    ```console
    $ echo hola; echo $((1 + 1))
    hola
    3
    $ echo chau
    adiós
    $ echo fin
    fin
    ```

    ```text
    nada
    ```

    ```console
    $ echo "sigue"
    sigue
    ```
"""


def test_every_false_output_of_a_page_is_told(harness: Harness) -> None:
    page = harness.judge(DRIFT, keep_going=True)
    assert page.red == [4, 6]
    assert statuses(page) == ["false", "shown", "passed"]
    assert "  - 3" in page.told and "  + chau" in page.told


def test_page_stops_at_its_first_false_output_unless_it_is_told_to_keep_going(
    harness: Harness,
) -> None:
    page = harness.judge(DRIFT)
    assert page.red == [4]
    assert statuses(page) == ["failed", "shown", "not-run"]


@pytest.mark.parametrize(
    "command",
    [
        "$ false\nhola",
        "$ echo hola; exit_with() { return 3; }; exit_with\nchau",
        "$ exit",
    ],
)
def test_command_that_fails_stops_the_page(harness: Harness, command: str) -> None:
    text = f"```console\n$ echo uno\ndos\n{command}\n```\n\n```bash\ntrue\n```\n"
    page = harness.judge(text, keep_going=True, clock=FastClock())
    assert statuses(page)[1:] in (["not-run"], []), page.told
    assert not page.true


def test_command_that_runs_out_of_time_stops_the_page(harness: Harness) -> None:
    false = "```console\n$ echo uno\ndos\n```\n\n"
    endless = "<!-- verificar: limite=0.3 -->\n```bash\nsleep 60\n```\n\n"
    page = harness.judge(f"{false}{endless}```bash\ntrue\n```\n", keep_going=True)
    assert statuses(page) == ["false", "failed", "not-run"]


def test_failure_that_can_be_corrected_says_so(harness: Harness) -> None:
    page = harness.judge("```console\n$ echo hola\nchau\n```\n", keep_going=True)
    assert "`actualizar` lo corrige" in page.told
    (outcome,) = page.outcomes
    assert outcome.failure is not None and outcome.failure.correction is not None
    assert [line.text for line in outcome.failure.correction.output] == ["hola"]


def test_stream_that_shows_what_never_comes_lets_the_page_go_on(harness: Harness) -> None:
    page = harness.judge(
        """
        ```console title="Terminal 2"
        $ while true; do echo hola; sleep 0.1; done
        chau
        ^C
        ```

        ```console
        $ echo sigue
        sigue
        ```
        """,
        keep_going=True,
        clock=FastClock(),
    )
    assert statuses(page) == ["false", "passed"]


FOLLOWED = """
    ```bash
    echo uno > libro
    ```

    ```console title="Terminal 2"
    $ tail -n +1 -f libro
    uno
    ```

    ```console
    $ echo dos >> libro
    ```

    ```console title="Terminal 2"
    dos
    ```

    ```console
    $ echo tres >> libro
    ```

    ```console title="Terminal 2"
    tres
    ^C
    ```
"""


@pytest.mark.parametrize(
    ("true", "lines"),
    [(["uno\n"], [7]), (["uno\n", "tres\n"], [7, 23]), (["    dos\n", "tres\n"], [15, 23])],
)
def test_each_false_part_of_a_stream_is_told_once_and_the_others_are_judged_without_it(
    harness: Harness, true: list[str], lines: list[int]
) -> None:
    text = FOLLOWED
    for shown in true:
        at = text.rindex(shown)
        text = text[:at] + shown.replace("\n", " otra vez\n") + text[at + len(shown) :]
    page = harness.judge(text, lie=lines, patience=0.5, keep_going=True)
    assert page.red == lines, page.told


def test_parts_of_a_page_are_judged_each_by_itself(harness: Harness) -> None:
    page = harness.judge(
        """
        ## Una

        **Punto de partida.**

        ```console
        $ x=1; echo uno
        dos
        ```

        ## Otra

        **Punto de partida.**

        ```console
        $ echo "x es $x"
        x es
        ```
        """
    )
    assert statuses(page) == ["failed", "passed"]
