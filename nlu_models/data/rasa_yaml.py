"""Rasa NLU training files (``version: "3.1"``) in and out of the contract's examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from contract.nlu import Example
from contract.wire import InvalidTrainingData
from nlu_models.data.markup import parse_example, to_markup

_LINE_BREAK = re.compile("[\n\r\x85\u2028\u2029]")  # YAML's


@dataclass(frozen=True)
class Line:
    """One example where it stands: ``number`` counts from 1, ``raw`` is the markup without ``- ``."""

    path: Path
    number: int
    raw: str
    intent: str

    @property
    def example(self) -> Example:
        return parse_example(self.raw, intent=self.intent, source=f"{self.path}:{self.number}")


@dataclass
class NluData:
    """What a folder of NLU files holds. ``synonyms`` maps a written value to the canonical one."""

    lines: list[Line] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)

    @property
    def examples(self) -> tuple[Example, ...]:
        return tuple(line.example for line in self.lines)


def read(path: Path) -> NluData:
    """All examples and synonyms of a file, or of every ``.yml`` below a folder in sorted order.

    Raises:
        InvalidTrainingData: the path is missing, or a file isn't UTF-8, YAML or Rasa's format.
    """
    if not path.exists():
        raise InvalidTrainingData(f"{path} does not exist: name a folder of Rasa NLU files.")
    data = NluData()
    for file in sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]:
        _read_file(file, data)
    for example in data.examples:
        for span in example.entities:
            if span.value is not None:
                data.synonyms.setdefault(example.text[span.start : span.end], span.value)
    return data


def write(path: Path, examples: Iterable[Example], *, comment: str = "") -> None:
    """Write the examples as one Rasa file, one block an intent, in the order in which they come. An example is a line:
    line breaks in it become blanks."""
    rows = ((example.intent, _LINE_BREAK.sub(" ", to_markup(example))) for example in examples)
    write_lines(path, rows, comment=comment)


def write_lines(path: Path, lines: Iterable[tuple[str, str]], *, comment: str = "") -> None:
    """Write pairs of intent and markup as one Rasa file."""
    blocks: dict[str, list[str]] = {}
    for intent, raw in lines:
        blocks.setdefault(intent, []).append(f"    - {raw}")
    head = [f"# {line}" for line in comment.splitlines()]
    parts = ["\n".join([*head, 'version: "3.1"']), "nlu:"]
    parts += ["\n".join([f"- intent: {intent}", "  examples: |", *rows]) for intent, rows in blocks.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _read_file(path: Path, data: NluData) -> None:
    text = _decoded(path)
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        what = getattr(error, "problem", None) or getattr(error, "reason", error)
        where = f"{path}:{_line(error, text)}"
        raise InvalidTrainingData(f"{where}: this is not YAML ({what}). Correct the line, or take it out.") from error
    if root is None:
        raise InvalidTrainingData(f"{path}:1: the file is empty. Write `nlu:` and examples, or remove the file.")
    for block in _blocks(root, path):
        _read_block(block, path, data)


def _line(error: yaml.YAMLError, text: str) -> int:
    if isinstance(error, yaml.reader.ReaderError):  # a control character; it counts in bytes
        return text.encode().count(b"\n", 0, error.position) + 1
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"this is not UTF-8 (byte 0x{content[error.start]:02x}: {error.reason})"
        raise InvalidTrainingData(f"{path}:{line}: {what}. Save the file as UTF-8.") from error


def _blocks(root: yaml.Node, path: Path) -> list[yaml.Node]:
    nlu = _fields(root, path).get("nlu")
    if nlu is None:
        return []
    if not isinstance(nlu, yaml.SequenceNode):
        raise InvalidTrainingData(f"{_where(path, nlu)}: `nlu:` must be a list of blocks such as `- intent: greet`.")
    return list(nlu.value)


def _read_block(block: yaml.Node, path: Path, data: NluData) -> None:
    fields = _fields(block, path)
    if "intent" in fields:
        intent = _text(fields["intent"], path)
        for number, raw in _items(fields, block, path):
            data.lines.append(Line(path=path, number=number, raw=raw, intent=intent))
    elif "synonym" in fields:
        value = _text(fields["synonym"], path)
        data.synonyms.update({raw: value for _, raw in _items(fields, block, path)})


def _items(fields: dict[str, yaml.Node], block: yaml.Node, path: Path) -> Iterator[tuple[int, str]]:
    node = fields.get("examples")
    if node is None:
        raise InvalidTrainingData(f"{_where(path, block)}: this block has no `examples:`.")
    # A literal block (`|`) begins in the line after its mark and keeps every line break.
    for number, line in enumerate(_text(node, path).split("\n"), start=node.start_mark.line + 2):
        text = line.strip()
        if text.startswith("- "):
            yield number, text[2:].strip()
        elif text not in ("", "-") and not text.startswith("#"):
            raise InvalidTrainingData(f"{path}:{number}: begin each example with `- `, one a line, not {text[:40]!r}.")


def _fields(node: yaml.Node, path: Path) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise InvalidTrainingData(f"{_where(path, node)}: keys such as `intent:` and `examples: |` are expected here.")
    return {str(key.value): value for key, value in node.value}


def _text(node: yaml.Node, path: Path) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise InvalidTrainingData(f"{_where(path, node)}: text is expected here; write `examples: |`.")
    return str(node.value)


def _where(path: Path, node: yaml.Node) -> str:
    return f"{path}:{node.start_mark.line + 1}"
