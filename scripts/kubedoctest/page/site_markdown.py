"""The site's own Python-Markdown: its configuration, and the code elements that it renders.

The inventory is taken from what the site renders (comparison rule 19), so the extensions and their
options come from ``mkdocs.yml``. Three things differ, and none decides whether a block exists:

* options that name a Python callable (``!!python/name:``) are left out, so that reading a page
  imports neither the theme nor its plugins. They choose how something looks: an emoji, a
  diagram's markup; only what makes the anchors of headings is used, when these are asked for;
* fences are rendered as plain ``<pre><code>``, without colours, which takes most of the time;
* links and emphasis stay as they are written, which takes most of the rest, but for headings when
  their anchors are asked for.
"""

from __future__ import annotations

import html
import importlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml
from markdown import Markdown  # type: ignore[import-untyped]
from markdown.extensions import Extension, toc  # type: ignore[import-untyped]

from kubedoctest.page.document import PageError

_YAML_META = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)(?:\.{3}|---)[ \t]*\n", re.DOTALL)
_META = re.compile(r" {0,3}[\w-]+:.*", re.ASCII)
_MORE_META = re.compile(r"(?: {4}|\t).*")
_SUPERFENCES = "pymdownx.superfences"
_EXTRA = "pymdownx.extra"  # a bundle that loads superfences too
_BUILT_IN = ("toc", "tables", "fenced_code")  # what mkdocs loads always
_NO_BLOCKS = frozenset({"pymdownx.emoji"})  # inline only, and slow to load
_IN_LINES = (  # Python-Markdown's own names of what makes links and emphasis
    *("reference", "link", "image_link", "image_reference", "short_reference", "short_image_ref"),
    "em_strong",
)
_WITHOUT_MKDOCS: dict[str, dict[str, Any]] = {
    **{name: {} for name in _BUILT_IN},
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
    "pymdownx.details": {},
    "pymdownx.tabbed": {"alternate_style": True},
    _SUPERFENCES: {"custom_fences": [{"name": "mermaid", "class": "mermaid"}]},
}


class SettingsError(PageError):
    """The site's configuration cannot be used."""


@dataclass(frozen=True)
class PythonValue:
    """Stands for a ``!!python/…`` value, so that nothing is imported that is not needed."""

    tag: str  # what follows ``!!python/``: ``name:markdown.util.nothing``
    # of a value that is made by a call (``object/apply:``), by name
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def load(self) -> Any:
        """The value itself.

        Raises:
            ImportError, AttributeError: there is no such thing.
        """
        how, _, name = self.tag.partition(":")
        module, _, attribute = name.rpartition(".")
        value = getattr(importlib.import_module(module), attribute)
        return value(**self.arguments) if how.startswith("object") else value


@dataclass(frozen=True)
class MarkdownSettings:
    """The Python-Markdown extensions of a site, in order, each with its options."""

    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _WITHOUT_MKDOCS)
    # what makes an anchor of a heading's text, or None for Python-Markdown's own
    slugify: PythonValue | None = None


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
    slugify = extensions["toc"].get("slugify")
    return MarkdownSettings(
        {name: _without_callables(o) for name, o in extensions.items()},
        slugify if isinstance(slugify, PythonValue) else None,
    )


def _pairs(item: object) -> list[tuple[str, Any]]:
    if isinstance(item, str):
        return [(item, None)]
    return list(item.items()) if isinstance(item, dict) and len(item) == 1 else []


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml: ``!ENV`` as mkdocs does, Python values as :class:`PythonValue`."""


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


def _python_value(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> PythonValue:
    given = loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else {}
    return PythonValue(tag, given.get("kwds") or {})


_Loader.add_constructor("!ENV", _environment)
_Loader.add_constructor("!relative", lambda _loader, node: str(node.value))
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _python_value)


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
        kept = {k: v for k, v in value.items() if not isinstance(v, PythonValue)}
        return {k: _without_callables(v) for k, v in kept.items()}
    if isinstance(value, list):
        return [_without_callables(v) for v in value if not isinstance(v, PythonValue)]
    return value


def lines_of(text: str) -> list[str]:
    """A page's lines; those that mkdocs takes as metadata are blank, so that numbers hold."""
    lines = text.split("\n")
    return [""] * (size := _front_matter(text, lines)) + lines[size:]


def _front_matter(text: str, lines: list[str]) -> int:
    """How many lines are metadata: YAML between dashes, or else MultiMarkdown's ``key: value``."""
    if match := _YAML_META.match(text):
        try:
            is_metadata = isinstance(yaml.safe_load(match["yaml"]), dict)
        except yaml.YAMLError:
            is_metadata = False
        return text.count("\n", 0, match.end()) if is_metadata else 0
    size = 0
    while size < len(lines) and (
        _META.fullmatch(lines[size]) or (size and _MORE_META.fullmatch(lines[size]))
    ):
        size += 1
    return size


@dataclass(frozen=True)
class Rendered:
    """What a page shows: its code blocks, and the text around them; no comments."""

    code: tuple[str, ...]
    text: str
    # the code blocks (by index) in an element that readers do not see
    hidden: frozenset[int] = frozenset()


def render(text: str, markdown: MarkdownSettings) -> Rendered:
    """Convert a page as the site does and collect its code elements.

    Raises:
        SettingsError: an extension is not installed or refuses its options.
    """
    collector = _collected(text, markdown, {})
    hidden = frozenset(collector.hidden)
    return Rendered(tuple(collector.code), "".join(collector.text), hidden)


def anchors_of(
    text: str, markdown: MarkdownSettings, spoken: Callable[[str], str]
) -> list[tuple[str, str]]:
    """The anchor and the text of each heading that a page shows, in order.

    Args:
        spoken: what of a heading's text its anchor is made from.

    Raises:
        SettingsError: as for :func:`render`.
    """
    try:
        made = markdown.slugify.load() if markdown.slugify else toc.slugify
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"No se puede usar el `slugify` de toc: {error}", "Revisen markdown_extensions."
        ) from error
    slugify = {"slugify": lambda heading, separator: made(spoken(heading), separator)}
    return _collected(text, markdown, slugify).headings


def _collected(text: str, markdown: MarkdownSettings, of_headings: Mapping[str, Any]) -> _Collector:
    given = {name: dict(options) for name, options in markdown.extensions.items()}
    given["toc"] = {**given.get("toc", {}), **of_headings}
    extensions = [
        _extension(name, _plain_fences(name, options))
        for name, options in given.items()
        if name not in _NO_BLOCKS
    ]
    site = Markdown(extensions=extensions)
    for name in () if of_headings else _IN_LINES:
        site.inlinePatterns.deregister(name, strict=False)
    collector = _Collector()
    collector.feed(site.convert(text))
    collector.close()
    return collector


def _extension(name: str, options: dict[str, Any]) -> Extension:
    """Load an extension by its module: looking its name up among all packages is slow."""
    module = name if "." in name else f"markdown.extensions.{name}"
    try:
        extension: Extension = importlib.import_module(module).makeExtension(**options)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"La extensión de Markdown `{name}` no se puede usar: {error}",
            "Revisen markdown_extensions en mkdocs.yml, y que el paquete esté instalado.",
        ) from error
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


_HEADING = re.compile(r"h[1-6]")
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def _is_hidden(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element keeps what is in it from readers."""
    style = attributes.get("style") or ""
    return tag == "template" or "hidden" in attributes or bool(_HIDING_STYLE.search(style))


class _Collector(HTMLParser):
    """Gathers the text of each ``<pre>``, and the rest; of headings, the anchor and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.code: list[str] = []
        self.text: list[str] = []
        self.headings: list[tuple[str, str]] = []
        self.hidden: set[int] = set()
        self._heading = False
        self._hiding = ""  # the tag of the element that hides what is in it
        self._depth = 0  # of elements of that tag
        self._pre = 0
        self._line_numbers = 0  # depth inside <td class="linenos">, whose <pre> is no code block

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self._hiding:
            self._depth += 1
        elif not self._hiding and tag not in _VOID and _is_hidden(tag, dict(attrs)):
            self._hiding, self._depth = tag, 1
        if self._line_numbers:
            self._line_numbers += tag not in _VOID
        elif tag == "td" and "linenos" in (dict(attrs).get("class") or ""):
            self._line_numbers = 1
        elif tag == "pre":
            if not self._pre:
                self.hidden |= {len(self.code)} if self._hiding else set()
                self.code.append("")
            self._pre += 1
        elif _HEADING.fullmatch(tag):
            self._heading = True
            self.headings.append((dict(attrs).get("id") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        self._heading = self._heading and not _HEADING.fullmatch(tag)
        if tag == self._hiding:
            self._depth -= 1
            self._hiding = self._hiding if self._depth else ""
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
            if self._heading:
                anchor, text = self.headings[-1]
                self.headings[-1] = anchor, text + data
