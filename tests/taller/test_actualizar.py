"""`actualizar` on pages that need no cluster: what it shows, asks, writes and never breaks."""

from __future__ import annotations

import os
import pty
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import runs

from taller import actualizar
from taller.project import ROOT

pytestmark = pytest.mark.slow  # a process each
PAGE = """\
# Prueba

```console
$ echo hola; echo dos
hola    # se queda
tres  # y esto también
$ echo fin
fin
```

Texto.   

> ```console
> $ seq 9
> 1
> ...
> 10
> ```
"""  # noqa: W291 (trailing blanks are kept)
NEW = PAGE.replace("tres  #", "dos  #").replace("> 10\n", "> 9\n")


def command(page: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "taller", "actualizar", str(page), *options]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "COLUMNS": "100"}


def update(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return runs.python("taller", ["actualizar", str(page), *options], page.parent, COLUMNS="100")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "pagina.md"
    path.write_text(PAGE)
    return path


def test_without_a_terminal_it_only_shows(page: Path) -> None:
    done = update(page)
    assert done.returncode == 1, done.stdout + done.stderr
    assert page.read_text() == PAGE
    for line in (f"{page}:6  $ echo hola; echo dos", "-tres  # y", "+dos  # y", "-> 10", "+> 9"):
        assert line in done.stdout
    assert "No escribimos nada." in done.stderr


def test_with_si_it_writes_and_then_there_is_nothing_to_do(page: Path) -> None:
    page.chmod(0o640)
    assert update(page, "--si").returncode == 0
    assert page.read_text() == NEW
    assert stat.S_IMODE(page.stat().st_mode) == 0o640
    written = page.stat()
    again = update(page, "--si")
    assert again.returncode == 0
    assert "No hay nada que cambiar" in again.stderr
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert sorted(p.name for p in page.parent.iterdir()) == ["pagina.md"]


@pytest.mark.parametrize(("answer", "text", "code"), [("s", NEW, 0), ("n", PAGE, 1), ("", PAGE, 1)])
def test_at_a_terminal_it_asks(page: Path, answer: str, text: str, code: int) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        command(page), env=ENVIRONMENT, stdin=theirs, capture_output=True, text=True, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert "¿Escribimos estos cambios? [s/N]" in done.stdout
    assert done.returncode == code, done.stdout + done.stderr
    assert page.read_text() == text


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    page = tmp_path / "pagina.md"
    page.write_bytes(b"\xef\xbb\xbf" + PAGE.replace("\n", "\r\n").encode())
    assert update(page, "--si").returncode == 0
    assert page.read_bytes() == b"\xef\xbb\xbf" + NEW.replace("\n", "\r\n").encode()


def test_a_copy_of_a_file_follows_its_file(tmp_path: Path) -> None:
    title = "extras/04-hola-mundo-real/deploy-01/daemonSet-mi-app.yaml"
    content = (ROOT / title).read_text()
    indented = "".join(f"    {line}".rstrip() + "\n" for line in content.splitlines())
    true = f'!!! note "Nota"\n\n    ```yaml title="{title}"\n{indented}    ```\n'
    page = tmp_path / "pagina.md"
    page.write_text(true.replace("kind: DaemonSet", "kind: Deployment").replace("mi-app  ", "x "))
    done = update(page, "--si")
    assert done.returncode == 0, done.stdout + done.stderr
    assert page.read_text() == true


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("```console\n$ false\nhola\n```\n", "código 1"),
        ("```console\n$ bash -c 'echo \"error: no\" >&2; exit 1'\nhola\n```\n", "no es cierto"),
        ("```console\n$ echo listo\nerror: no se puede\n```\n", "no es cierto"),
        ("```bash\nfalse\n```\n", "código 1"),
        ("```console\n$ printf '```\\n'\nhola\n```\n", "no es cierto"),
        ("```console\n$ printf '$ echo uno\\n'\nhola\n```\n", "no es cierto"),
    ],
)
def test_what_a_person_must_look_at_is_not_touched(tmp_path: Path, block: str, said: str) -> None:
    page = tmp_path / "pagina.md"
    page.write_text(PAGE + "\n" + block)
    done = update(page, "--si")
    assert done.returncode == 1
    assert page.read_text() == NEW + "\n" + block
    assert said in done.stdout
    assert "no se puede reescribir solo" in done.stderr
    assert "pagina.md:19" in done.stdout or "pagina.md:2" in done.stdout


def test_a_page_that_cannot_be_read_is_wrong_use(page: Path) -> None:
    page.write_text("```console\n$ echo\n")
    assert update(page, "--si").returncode == 2


def test_a_page_edited_meanwhile_is_not_touched(tmp_path: Path) -> None:
    page = tmp_path / "pagina.md"
    text = f"```console\n$ echo edición >> {page}; echo hola\nchau\n```\n"
    page.write_text(text)
    done = update(page, "--si")
    assert done.returncode == 2
    assert "cambió mientras corría" in done.stderr
    assert page.read_text() == text + "edición\n"


KILLED_WHEN_WRITING = """
import os, signal, sys
from taller import actualizar, cli
number, place, name = int(sys.argv.pop(1)), *sys.argv.pop(1).split(".")
owner = {"os": os, "Path": actualizar.Path}[place]
real = getattr(owner, name)
def fault(*arguments):
    os.kill(os.getpid(), number)
    return real(*arguments)
setattr(owner, name, fault)
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("number", "point"),
    [
        (signal.SIGKILL, "os.fchmod"),  # the new text has been written
        (signal.SIGKILL, "os.fsync"),  # it may not be on the disk
        (signal.SIGKILL, "Path.replace"),  # it is
        (signal.SIGINT, "os.fsync"),
    ],
)
def test_killed_while_writing_the_page_is_whole(
    page: Path, number: signal.Signals, point: str
) -> None:
    fault = [sys.executable, "-c", KILLED_WHEN_WRITING, str(int(number)), point]
    done = subprocess.run(
        [*fault, "actualizar", str(page), "--si"],
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (130 if number == signal.SIGINT else -number), done.stderr
    assert page.read_text() == PAGE
    assert update(page, "--si").returncode == 0
    assert page.read_text() == NEW
    assert sorted(p.name for p in page.parent.iterdir()) == ["pagina.md"]


def test_a_full_disk_leaves_the_page_as_it_was(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.write_text(PAGE * 500)
    was = page.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(OSError):
            actualizar.write(page, was + b"x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handled)
    assert page.read_bytes() == was
    assert sorted(p.name for p in page.parent.iterdir()) == ["pagina.md"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "de-verdad.md").write_text(PAGE)
    link = tmp_path / "pagina.md"
    link.symlink_to("de-verdad.md")
    assert update(link, "--si").returncode == 0
    assert link.is_symlink()
    assert (tmp_path / "de-verdad.md").read_text() == NEW
