"""A fence in, its commands with their documented output out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kubedoctest.commands import shell_syntax
from kubedoctest.commands.shell_syntax import Waiting, unfinished
from kubedoctest.page.document import Block, PageError, Role
from kubedoctest.page.transcript import commands, parse

FIRST = 11
"""The page's line of the first line of content."""


def fence(code: str, lang: str = "console") -> Block:
    role = Role.TRANSCRIPT if lang == "console" else Role.COMMANDS
    return Block(Path("page.md"), FIRST - 1, lang, None, code, role)


def read(code: str) -> list[tuple[int, str, list[tuple[int, str]]]]:
    return [
        (step.line - FIRST, step.command, [(o.number - FIRST, o.text) for o in step.output])
        for step in parse(fence(code))
    ]


def refusal(code: str, lang: str = "console") -> PageError:
    with pytest.raises(PageError) as caught:
        parse(fence(code)) if lang == "console" else commands(fence(code, lang))
    assert caught.value.next_step
    assert caught.value.line is not None
    return caught.value


def test_a_transcript_is_commands_with_their_output() -> None:
    assert read("$ echo a\na\n\nb   # nota  \n\n$ true\n╰─ echo c\n...\n# c\n^C\n\n") == [
        (0, "echo a", [(1, "a"), (2, ""), (3, "b   # nota")]),
        (5, "true", []),
        (6, "echo c", [(7, "..."), (8, "# c"), (9, "^C")]),
    ]


@pytest.mark.parametrize("mark", ["^C", "  ^C", "^C  # Ctrl-C", "^C \t # basta, con # adentro"])
def test_an_interrupt_may_bear_a_remark(mark: str) -> None:
    [step] = parse(fence(f"$ tail -f x\na\n{mark}\nchau"))
    assert step.interrupt is not None
    assert step.interrupt.number == FIRST + 2
    assert [line.text for line in step.before_interrupt] == ["a"]
    assert [line.text for line in step.after_interrupt] == ["chau"]


@pytest.mark.parametrize("mark", ["^C # Ctrl-C", "^C#", "^C  #Ctrl-C", " ^C  #"])
def test_what_is_nearly_a_remarked_interrupt_says_so(mark: str) -> None:
    error = refusal(f"$ ./programa\na\n{mark}\nchau")
    assert (error.line, "no corta el comando" in error.message) == (FIRST + 2, True)


def test_other_lines_with_it_are_output() -> None:
    [step] = parse(fence("$ cat -v x\n^Cchau\n^D\na ^C\n# ^C"))
    assert not step.interrupted
    assert step.before_interrupt == step.output


def test_a_two_line_prompt_is_one_prompt() -> None:
    assert read("╭─ana@pc ~/taller\n╰─ echo a\na\n╭─ana@pc ~/taller\n╰─ echo b\n╭─no\nb") == [
        (1, "echo a", [(2, "a")]),
        (4, "echo b", [(5, "╭─no"), (6, "b")]),
    ]


@pytest.mark.parametrize(
    ("code", "command", "output"),
    [
        ("$ echo a \\\n  b\nsalida", "echo a \\\n  b", ["salida"]),
        ("$ echo a \\\n> b \\\n> c\nsalida", "echo a \\\nb \\\nc", ["salida"]),
        ("$ echo a |\n  cat\nsalida", "echo a |\n  cat", ["salida"]),
        ("$ true &&\n> echo b\nsalida", "true &&\necho b", ["salida"]),
        ("$ for i in 1; do\n    echo $i\n  done\n1", "for i in 1; do\n    echo $i\n  done", ["1"]),
        ("$ for i in 1; do\n> echo $i\n> done\n1", "for i in 1; do\necho $i\ndone", ["1"]),
        ("$ echo 'a\n\n$b'\nsalida", "echo 'a\n\n$b'", ["salida"]),
        ("$ echo 'a\n> b'\na\nb", "echo 'a\nb'", ["a", "b"]),
        ("$ echo 'a\n> b\nc'\nsalida", "echo 'a\n> b\nc'", ["salida"]),
        ("$ f() {\n  echo a\n}\nsalida", "f() {\n  echo a\n}", ["salida"]),
        ("$ x=$(\necho a\n)\nsalida", "x=$(\necho a\n)", ["salida"]),
        ("$ cat <<EOF\n$ no\n> ni esto\nEOF\n$ no", "cat <<EOF\n$ no\n> ni esto\nEOF", []),
        ("$ cat <<EOF\n> a\n>\n> EOF\n> salida", "cat <<EOF\na\n\nEOF", ["> salida"]),
        ("$ cat <<EOF\n> a  \nEOF\n> a", "cat <<EOF\n> a  \nEOF", ["> a"]),
        ("$ cat <<-'F I N'\n\ta\n\tF I N\na", "cat <<-'F I N'\n\ta\n\tF I N", ["a"]),
        ("$ cat <<A <<B\na\nA\nb\nB\nb", "cat <<A <<B\na\nA\nb\nB", ["b"]),
        ("$ cat <<E | \\\n  tr a b\na\nE\nb", "cat <<E | \\\n  tr a b\na\nE", ["b"]),
        ("$ cat <<E | \\\n> tr a b\n> a\n> E\nb", "cat <<E | \\\ntr a b\na\nE", ["b"]),
        ("$ echo a # b \\\nsalida", "echo a # b \\", ["salida"]),
        ("$ echo a \\\\\nsalida", "echo a \\\\", ["salida"]),
        ("$ echo 'a' \"#\" \\\n  b\nsalida", "echo 'a' \"#\" \\\n  b", ["salida"]),
        ("$ echo a # it's\nsalida", "echo a # it's", ["salida"]),
        ("$ echo )\nsalida", "echo )", ["salida"]),
        ("$ kubectl get -o jsonpath='{.a[*]}'\nx", "kubectl get -o jsonpath='{.a[*]}'", ["x"]),
        ("$ echo a > b\n> c", "echo a > b", ["> c"]),
        ("$ [ a = b ]\nsalida", "[ a = b ]", ["salida"]),
    ],
)  # fmt: skip
def test_a_command_goes_on_while_bash_says_so(code: str, command: str, output: list[str]) -> None:
    first = parse(fence(code))[0]
    assert first.command == command
    if "\n$ no" not in code:
        assert [line.text for line in first.output] == output
    assert not unfinished(first.command)


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("$ echo 'a\nb\n$ echo it's", "cerrar con `'`"),
        ("$ echo it's\nit's", None),
        ('$ echo "a\nb', 'cerrar con `"`'),
        ("$ echo $(ls\nb", "cerrar con `)`"),
        ("$ cat <<EOF\na\n EOF\n$ ls", "línea `EOF`"),
        ("$ echo a \\", "no sigue nada"),
        ("$ echo a \\\n$ ls", "no sigue nada"),
        ("$ echo a |\n$ ls", "bash espera que siga"),
        ("$ if true; then\necho a", "bash espera que siga"),
    ],
)
def test_a_command_that_never_ends_is_an_error(code: str, complaint: str | None) -> None:
    if complaint is None:
        assert len(parse(fence(code))) == 1  # the second quote closes it: bash's own reading
        return
    error = refusal(code)
    assert complaint in error.message
    assert error.line == FIRST


@pytest.mark.parametrize(
    ("code", "complaint", "way_out", "line"),
    [
        ("hola\n$ ls", "antes de cualquier comando", "```text", 0),
        ("\n\nhola\n$ ls", "antes de cualquier comando", "```text", 2),
        ("# ls", "antes de cualquier comando", "$ comando", 0),
        ("$ ls\n$ \n$ ls", "sin comando", "borren", 1),
        ("$ ls\n$", "sin comando", "borren", 1),
        ("╭─a\n╰─$ ls", "No se reconoce", "`╰─ comando`", 1),
        ("╰─➤ ls", "No se reconoce", "`╰─ comando`", 0),
        ("$ ls\na\n$ exit", "cierra la terminal", "Sáquenlo", 2),
        ("$ exit 1", "cierra la terminal", "Sáquenlo", 0),
        ("$ logout", "cierra la terminal", "Sáquenlo", 0),
        ("$ kubectl exec -it mi-pod -- sh", "interactiva", "kubectl exec mi-pod -- comando", 0),
        ("$ kubectl exec mi-pod -ti -- sh", "interactiva", "sin `-t`", 0),
        ("$ kubectl exec -i -t mi-pod -- sh", "interactiva", "sin `-t`", 0),
        ("$ kubectl exec mi-pod --stdin --tty -- sh", "interactiva", "sin `-t`", 0),
        ("$ kubectl run x --rm -it --image=busybox -- sh", "interactiva", "sin `-t`", 0),
        ("$ docker run -dit busybox", "interactiva", "sin `-t`", 0),
        ("$ true && docker exec -it x sh", "interactiva", "sin `-t`", 0),
        ("$ kubectl get pods\n/ # ls\nbin", "dentro de un contenedor", "kubectl exec", 1),
        ("$ ls\n/ #", "dentro de un contenedor", "kubectl exec", 1),
        ("$ ls\nroot@mi-pod:/# ls", "dentro de un contenedor", "kubectl exec", 1),
        ("$ ls\nana@mi-pod:~/a$ ls", "dentro de un contenedor", "kubectl exec", 1),
        ("$ ls\nbash-5.1# ls", "dentro de un contenedor", "kubectl exec", 1),
    ],
)
def test_what_only_a_person_can_do_says_what_to_write(
    code: str, complaint: str, way_out: str, line: int
) -> None:
    error = refusal(code)
    assert complaint in error.message
    assert way_out in error.next_step
    assert error.line == FIRST + line


@pytest.mark.parametrize(
    "code",
    [
        "$ kubectl exec mi-pod -- ls -t",
        "$ kubectl exec mi-pod -i -- sh -c 'test -t 0'",
        "$ docker build -t fedek3/workshop-uns:v0.1.0 .",
        "$ docker run -d --name a -p 80:80 x\n0123",
        "$ docker run busybox sleep 3   # con -it entrarían",
        "$ kubectl get pods -l run=mi-pod -o wide --show-labels\n/salud     # una ruta",
        "$ cat <<EOF > x\nkubectl exec -it a -- sh\nEOF",
        "$ (exit 3)",
        "$ echo exit",
        "$ ls\n# una línea\n#otra\n/tmp\n~\n/etc/x: #1",
    ],
)
def test_what_looks_like_it_but_is_not_is_fine(code: str) -> None:
    assert len(parse(fence(code))) == 1


def test_a_prompt_in_the_output_needs_its_space() -> None:
    assert read("$ cat x\n$x\n$(y)\n#$ z")[0][2] == [(1, "$x"), (2, "$(y)"), (3, "#$ z")]


# -- bash fences


def test_a_bash_fence_is_its_complete_commands() -> None:
    code = (
        "# primero\n\necho a\necho b; echo c\n\nfor i in 1 2; do\n\n  echo $i\ndone\n"
        "cat <<EOF\n# a\n> b\n$ c\nEOF\n  # otro\nkubectl apply \\\n  -f x\n"
    )
    steps = commands(fence(code, "bash"))
    assert [(step.line - FIRST, step.command) for step in steps] == [
        (2, "echo a"),
        (3, "echo b; echo c"),
        (5, "for i in 1 2; do\n\n  echo $i\ndone"),
        (9, "cat <<EOF\n# a\n> b\n$ c\nEOF"),
        (15, "kubectl apply \\\n  -f x"),
    ]
    assert all(step.output == () for step in steps)


@pytest.mark.parametrize(
    ("code", "complaint", "line"),
    [
        ("echo a\n$ echo b", "prompt", 1),
        ("╭─ana\n╰─ echo b", "prompt", 0),
        ("echo a\necho 'b", "cerrar", 1),
        ("echo a\nexit", "cierra la terminal", 1),
        ("kubectl exec -it a -- sh", "interactiva", 0),
        ("---\napiVersion: v1", "manifiesto", 1),
        ("cat > x.yaml\nspec:\n  a: 'b", "manifiesto", 1),
    ],
)
def test_a_bash_fence_that_cannot_be_copied_is_an_error(
    code: str, complaint: str, line: int
) -> None:
    error = refusal(code, "bash")
    assert complaint in error.message
    assert error.line == FIRST + line


# -- completeness


@pytest.mark.parametrize(
    "command",
    [
        "echo linea 17",
        "kubectl get pods -l app=mi-app -o wide",
        "kubectl get pods | grep -v \"a b\" > /tmp/x 2>&1 && echo $? ${HOME}; true",
        "kubectl get pod -o jsonpath='{.items[*].metadata.name}'",
        "for i in 1 2; do\n  echo $i \\\n    b\ndone",
    ],
)  # fmt: skip
def test_plain_commands_are_not_sent_to_bash(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("bash was asked")

    monkeypatch.setattr(subprocess, "run", never)
    assert unfinished(command) is None


TOKENS = [
    *("a", "'", '"', "\\", "$(", ")", "`", "|", "&&", "&", ";", "<<E", "{", "}", "[[", "]]", "("),
    *("#", " #", "if", "then", "fi", "for", "do", "!", ">", "<", "$", "x=", "case", "in"),
]


def test_the_cheap_answer_never_differs_from_bash() -> None:
    """Whatever is called plain, bash calls finished: all commands of three such words."""
    plain = [
        command
        for one in TOKENS
        for two in TOKENS
        for three in TOKENS
        for command in (f"{one} {two} {three}", f"a {one}{two}{three}")
        if shell_syntax._surely_finished(command)
    ]
    assert len(plain) > 500
    asked = subprocess.run(
        ["bash", "-c", 'while IFS= read -r line; do bash -n <<<"$line" 2>&1; done; true'],
        input="\n".join(plain[::3]),
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        check=True,
    ).stdout
    assert "end of file" not in asked
    assert "end-of-file" not in asked
    assert "unexpected EOF" not in asked


@pytest.mark.parametrize(
    ("command", "waiting", "wanted"),
    [
        ("cat <<'F I N'", Waiting.HERE_DOCUMENT, "F I N"),
        ("echo 'a", Waiting.QUOTE, "'"),
        ("echo `a", Waiting.QUOTE, "`"),
        ("echo a \\", Waiting.BACKSLASH, ""),
        ("while true", Waiting.COMMAND, ""),
        ("echo a ||", Waiting.COMMAND, ""),
    ],
)
def test_what_bash_waits_for(command: str, waiting: Waiting, wanted: str) -> None:
    lack = unfinished(command)
    assert lack is not None
    assert (lack.waiting, lack.wanted) == (waiting, wanted)
