"""YAML documents with the lines on which their values stand."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_STEP = re.compile(r"\.?(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<match>[^\]]+=[^\]]*)\]")
_PAIR = re.compile(r'(?P<key>\w+)=(?P<value>"[^"]*"|[^,]*)')


class YamlFault(Exception):
    """A text that is not YAML, or says something twice. The message is Spanish.

    Attributes:
        line: the 0-based line of the text where it shows.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class YamlDocument:
    """One document.

    Attributes:
        line: the 0-based line where it begins.
        value: what it says.
        node: the same as a tree that knows its lines.
    """

    line: int
    value: Any
    node: yaml.Node

    def line_of(self, path: str) -> int:
        """The 0-based line of the deepest part of a field path that the document has.

        Paths are as the API server writes them: ``.spec.containers[0].image``, or, in lists that
        it merges by key, ``.spec.containers[name="web"].image``.
        """
        node, line = self.node, self.line
        for step in _STEP.finditer(path):
            found = _enter(node, step)
            if found is None:
                break
            node, line = found
        return line


def read(text: str) -> list[YamlDocument]:
    """The documents of a text; empty ones are left out.

    Raises:
        YamlFault: it is not valid YAML, or a key is given twice, which YAML forbids and the API
            server lets pass.
    """
    loader = _Loader(text)
    documents = []
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            value = loader.construct_document(node)
            if value is not None:
                documents.append(YamlDocument(node.start_mark.line, value, node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark is not None else 0
        said = "" if isinstance(error, _GivenTwice) else "no es YAML válido: "
        raise YamlFault(min(line, text.count("\n")), f"{said}{error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlFault(0, f"no es YAML válido: {error}") from error
    finally:
        loader.dispose()
    return documents


class _GivenTwice(yaml.MarkedYAMLError):
    """A key that stands twice in one mapping."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    given: set[Hashable] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            break  # construct_mapping says so
        if key in given:
            raise _GivenTwice(
                problem=f"la clave «{key}» está dos veces", problem_mark=key_node.start_mark
            )
        given.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _enter(node: yaml.Node, step: re.Match[str]) -> tuple[yaml.Node, int] | None:
    """One step down a field path: what is there, and its line."""
    if isinstance(node, yaml.MappingNode) and step["key"] is not None:
        keys = (pair for pair in node.value if pair[0].value == step["key"])
        return next(((value, key.start_mark.line) for key, value in keys), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    items = node.value
    if step["match"] is not None:
        wanted = {(pair["key"], pair["value"].strip('"')) for pair in _PAIR.finditer(step["match"])}
        # The server adds defaults, as the protocol of a port, that the text need not say.
        items = [item for item in items if wanted & set(_scalars(item))]
        items.sort(key=lambda item: -len(wanted & set(_scalars(item))))
    elif step["index"] is not None:
        items = items[int(step["index"]) :]
    return (items[0], items[0].start_mark.line) if items else None


def _scalars(node: yaml.Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode):
                yield key.value, value.value
