"""What a page shows and nothing compares, counted."""

from __future__ import annotations

from pathlib import Path

from kubedoctest.comparison import documented
from kubedoctest.page import inventory

PAGE = """
```console
$ seq 9
1
...
9
...  # y nada más
```

<!-- verificar: salida=parcial -->
```console
$ seq 9
...
3
```

```bash
true
```

```text
hola
```

<!-- verificar: mostrar motivo="instala algo" -->
```bash
brew install kind
```

```text title="Salida"
```
"""


def of(folder: Path, text: str) -> list[documented.Uncompared]:
    page = folder / "page.md"
    page.write_text(text)
    return documented.uncompared(inventory.read_page(page, inventory.settings(None), folder))


def test_all_that_is_not_compared_is_counted_with_its_line_and_reason(tmp_path: Path) -> None:
    found = of(tmp_path, PAGE.partition("```text title")[0])
    assert [one.line for one in found] == [5, 7, 11, 13, 17, 21, 26]
    assert documented.told_uncompared(found) == (
        "3 «...», 1 salida parcial, 1 bloque de comandos sin su salida, 1 bloque `text`, "
        "1 bloque que no se ejecuta"
    )
    assert found[-1].why == "instala algo"


def test_page_that_compares_all_of_it_has_nothing_to_count(tmp_path: Path) -> None:
    found = of(tmp_path, "```console\n$ echo ...hola\n...hola\n```\n\n```mermaid\ngraph\n```\n")
    assert found == []
    assert documented.told_uncompared(found) == ""
