"""The site's own Python-Markdown: its configuration, and the code elements that it renders.

The inventory is taken from what the site renders (comparison rule 19), so the extensions and their
options come from ``mkdocs.yml``. Two things differ, and neither decides whether a block exists:

* options that name a Python callable (``!!python/name:``) are left out, so that reading a page
  imports neither the theme nor its plugins. They choose how something looks: a slug, an emoji,
  a diagram's markup;
* fences are rendered as plain ``<pre><code>``, without colours, which takes most of the time.
"""

from __future__ import annotations

import html
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml
from markdown import Markdown  # type: ignore[import-untyped]
from markdown.extensions import Extension  # type: ignore[import-untyped]

_SUPERFENCES = "pymdownx.superfences"
_EXTRA = "pymdownx.extra"  # a bundle that loads superfences too
_BUILT_IN = ("toc", "tables", "fenced_code")  # what mkdocs loads always
_NO_BLOCKS = frozenset({"pymdownx.emoji"})  # inline only, and slow to load
_WITHOUT_MKDOCS: dict[str, dict[str, Any]] = {
    **{name: {} for name in _BUILT_IN},
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
    "pymdownx.details": {},
    "pymdownx.tabbed": {"alternate_style": True},
    _SUPERFENCES: {"custom_fences": [{"name": "mermaid", "class": "mermaid"}]},
}


class SettingsError(Exception):
    """The site's configuration cannot be used; both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True)
class MarkdownSettings:
    """The Python-Markdown extensions of a site, in order, each with its options."""

    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _WITHOUT_MKDOCS)


def settings(mkdocs_yml: Path | None) -> MarkdownSettings:
    """The Markdown configuration that ``mkdocs_yml`` gives its site; a usual one without it.

    Raises:
        SettingsError: the file cannot be read, or is not a site's configuration.
    """
    if mkdocs_yml is None:
        return MarkdownSettings()
    config = _load(mkdocs_yml)
    extensions: dict[str, dict[str, Any]] = {name: {} for name in _BUILT_IN}
    listed = config.get("markdown_extensions") or []
    for item in listed.items() if isinstance(listed, dict) else listed:
        named = item if isinstance(item, tuple) else next(iter(_pairs(item)), None)
        if named is None or not isinstance(named[1] or {}, dict):
            raise SettingsError(
                f"{mkdocs_yml}: no se entiende `{item}` en markdown_extensions.",
                "Escriban cada extensión como `- nombre`, o `- nombre:` con sus opciones debajo.",
            )
        extensions[str(named[0])] = dict(named[1] or {})
    for name, options in (config.get("mdx_configs") or {}).items():
        extensions.setdefault(str(name), {}).update(options or {})
    return MarkdownSettings({name: _without_callables(o) for name, o in extensions.items()})


def _pairs(item: object) -> list[tuple[str, Any]]:
    if isinstance(item, str):
        return [(item, None)]
    return list(item.items()) if isinstance(item, dict) and len(item) == 1 else []


@dataclass(frozen=True)
class _Callable:
    """Stands for a ``!!python/…`` value, which is not needed here and so not imported."""

    name: str


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml: ``!ENV`` as mkdocs does, Python callables as :class:`_Callable`."""


def _environment(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    """``!ENV NAME``, or ``!ENV [NAME, OTHER, default]``: the first variable that is set."""
    if isinstance(node, yaml.SequenceNode):
        *names, default = (loader.construct_object(each) for each in node.value)
        if not names:
            names, default = [default], None
    else:
        names, default = [node.value], None
    for name in names:
        if (value := os.environ.get(str(name))) is not None:
            return yaml.safe_load(value)
    return default


def _callable(_loader: yaml.SafeLoader, name: str, _node: yaml.Node) -> _Callable:
    return _Callable(name)


_Loader.add_constructor("!ENV", _environment)
_Loader.add_constructor("!relative", lambda _loader, node: str(node.value))
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _callable)


def _load(mkdocs_yml: Path) -> dict[str, Any]:
    """The configuration, with the file that ``INHERIT`` names underneath."""
    try:
        # A subclass of SafeLoader: it builds plain values only.
        config = yaml.load(mkdocs_yml.read_text(encoding="utf-8"), _Loader)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(
            f"{mkdocs_yml}: no se puede leer la configuración del sitio: {error}",
            "Corrijan ese archivo; `mkdocs build` muestra el mismo error.",
        ) from error
    if not isinstance(config, dict):
        raise SettingsError(
            f"{mkdocs_yml}: no es una configuración de mkdocs.",
            "Tiene que ser un mapa YAML, con `site_name`, `nav`, `markdown_extensions`…",
        )
    if isinstance(parent := config.pop("INHERIT", None), str):
        return _merged(_load(mkdocs_yml.parent / parent), config)
    return config


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        result[key] = _merged(below, value) if both and below is not None else value
    return result


def _without_callables(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not isinstance(v, _Callable)}
        return {k: _without_callables(v) for k, v in kept.items()}
    if isinstance(value, list):
        return [_without_callables(v) for v in value if not isinstance(v, _Callable)]
    return value


@dataclass(frozen=True)
class Rendered:
    """What a page shows: its code blocks, and the text around them; no comments."""

    code: tuple[str, ...]
    text: str


def render(text: str, markdown: MarkdownSettings) -> Rendered:
    """Convert a page as the site does and collect its code elements.

    Raises:
        SettingsError: an extension is not installed or refuses its options.
    """
    extensions = [
        _extension(name, _plain_fences(name, dict(options)))
        for name, options in markdown.extensions.items()
        if name not in _NO_BLOCKS
    ]
    collector = _Collector()
    collector.feed(Markdown(extensions=extensions).convert(text))
    collector.close()
    return Rendered(tuple(collector.code), "".join(collector.text))


def _extension(name: str, options: dict[str, Any]) -> Extension:
    """Load an extension by its module: looking its name up among all packages is slow."""
    module = name if "." in name else f"markdown.extensions.{name}"
    try:
        extension = importlib.import_module(module).makeExtension(**options)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"La extensión de Markdown `{name}` no se puede usar: {error}",
            "Revisen markdown_extensions en mkdocs.yml, y que el paquete esté instalado.",
        ) from error
    if not isinstance(extension, Extension):
        raise SettingsError(
            f"`{name}` no es una extensión de Markdown.",
            "Revisen markdown_extensions en mkdocs.yml.",
        )
    return extension


def _plain_fences(name: str, options: dict[str, Any]) -> dict[str, Any]:
    if name == _EXTRA:
        options[_SUPERFENCES] = _plain_fences(_SUPERFENCES, dict(options.get(_SUPERFENCES) or {}))
    if name == _SUPERFENCES:
        from pymdownx.superfences import highlight_validator  # noqa: PLC0415 only where it is used

        ordinary = {"name": "*", "class": "", "validator": highlight_validator}
        custom = [ordinary, *(options.get("custom_fences") or [])]
        options["custom_fences"] = [{**fence, "format": _plain} for fence in custom]
    return options


def _plain(source: str, *_: object, **__: object) -> str:
    return f"<pre><code>{html.escape(source)}</code></pre>"


_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


class _Collector(HTMLParser):
    """Gathers the text of each ``<pre>``, and the rest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.code: list[str] = []
        self.text: list[str] = []
        self._pre = 0
        self._line_numbers = 0  # depth inside <td class="linenos">, whose <pre> is no code block

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._line_numbers:
            self._line_numbers += tag not in _VOID
        elif tag == "td" and "linenos" in (dict(attrs).get("class") or ""):
            self._line_numbers = 1
        elif tag == "pre":
            if not self._pre:
                self.code.append("")
            self._pre += 1

    def handle_endtag(self, tag: str) -> None:
        if self._line_numbers:
            self._line_numbers -= tag not in _VOID
        elif tag == "pre" and self._pre:
            self._pre -= 1

    def handle_data(self, data: str) -> None:
        if self._line_numbers:
            return
        if self._pre:
            self.code[-1] += data
        else:
            self.text.append(data)
