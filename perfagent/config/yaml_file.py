"""`.perfagent.yml` with the line of every key. The file comes from a pull request: it is read with limits, and nothing in it is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from perfagent.config.layers import Layer, Path, dotted

MAX_CHARACTERS = 1_000_000
MAX_NODES = 20_000  # aliases of aliases can name billions of nodes in ten lines
MAX_DEPTH = 30


def read_yaml(text: str, *, name: str, is_text: Callable[[Path], bool] = lambda _: False) -> Layer:
    """`is_text` says which keys take words, so that `ref: 0123456` stays the revision that was written and is not read as octal.

    Mistakes (syntax, duplicate keys, not a mapping) are in the layer; a value of nothing (`llm:`) counts as not given.
    """
    if len(text) > MAX_CHARACTERS:
        return Layer(mistakes=(f"{name}: is longer than {MAX_CHARACTERS} characters",))
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return Layer()
        if not isinstance(root, yaml.MappingNode):
            return Layer(mistakes=(f"{name}:{_line(root)}: is not a mapping; write for example `scenario: k6/checkout.js`",))
        reader = _Reader(name, is_text)
        values = reader.mapping(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        return Layer(mistakes=(f"{where}: not valid YAML: {error.problem or error.context}",))
    except yaml.YAMLError as error:
        return Layer(mistakes=(f"{name}: not valid YAML: {str(error).splitlines()[0]}",))
    except (_TooLargeError, RecursionError):
        return Layer(mistakes=(f"{name}: is nested too deeply or repeats itself without end (anchors?); write it out plainly",))
    return Layer(values=values, origins=reader.origins, mistakes=tuple(reader.mistakes))


class _TooLargeError(Exception):
    pass


class _Reader:
    def __init__(self, name: str, is_text: Callable[[Path], bool]) -> None:
        self.origins: dict[Path, str] = {}
        self.mistakes: list[str] = []
        self._name = name
        self._is_text = is_text
        self._nodes = 0
        self._loader = yaml.SafeLoader("")

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        self._report_duplicates(node, path)
        self._loader.flatten_mapping(node)  # `<<: *common`
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _key(key_node)
            inner = (*path, key)
            self.origins[inner] = f"{self._name}:{_line(key_node)}"
            value = self._value(value_node, inner)
            if value is not None:
                out[key] = value
        return out

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _TooLargeError
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, str(index))) for index, item in enumerate(node.value)]
        if node.tag != "tag:yaml.org,2002:null" and self._is_text(path):
            return node.value
        return self._scalar(node, path)

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.mistakes.append(f"{self._name}:{_line(node)}: {dotted(path)}: cannot be read as {node.tag}; put it in quotes")
            return None
        return value if isinstance(value, str | int | float | bool | None) else str(node.value)

    def _report_duplicates(self, node: yaml.MappingNode, path: Path) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = _key(key_node)
            if key in first:
                self.mistakes.append(
                    f"{self._name}:{_line(key_node)}: {dotted((*path, key))}: is here twice (first on line {first[key]}); keep one"
                )
            first.setdefault(key, _line(key_node))


def _key(node: yaml.Node) -> str:
    """As it was written: `on:` stays `on`, `200:` stays `200`."""
    return node.value if isinstance(node, yaml.ScalarNode) else "(a list or mapping as key)"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
