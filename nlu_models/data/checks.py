"""Refusing training data that would teach nonsense, with the place and the remedy of each fault.

Problems end the training: no data, a single intent or too many, an intent with one example, spans that overlap, lie
outside of the text or cut a word, one text under two intents, labels that training never saw. Warnings
don't: duplicates (trained once), few examples, an intent that the validation set lacks.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contract.nlu import EntitySpan, Example
from contract.wire import InvalidTrainingData
from nlu_models.data.tags import label_of

FEW_EXAMPLES = 8
MOST_INTENTS = 1000  # every answer ranks them all, and memory grows with messages times intents
SHOWN = 10


@dataclass(frozen=True)
class Problem:
    """A fault in the data. ``kind`` names it, ``where`` is ``file:line`` where that is known."""

    kind: str
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


@dataclass(frozen=True)
class CheckedData:
    """Clean examples without duplicates, and what was noticed on the way."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    warnings: tuple[str, ...]


def check(train: Sequence[Example], validation: Sequence[Example] = (), test: Sequence[Example] = ()) -> CheckedData:
    """The data without duplicates.

    Raises:
        InvalidTrainingData: names up to ten problems with file, line and remedy.
    """
    parts = {"validation": validation, "test": test}
    problems = [*_size_problems(train), *_contradictions([*train, *validation, *test])]
    for example in (*train, *validation, *test):
        problems += span_problems(example)
    for name, examples in parts.items():
        problems += _unknown_labels(name, examples, train)
    if problems:
        raise InvalidTrainingData(_summary(problems))
    warnings = [*_duplicate_warnings(train), *_few_warnings(train), *_leak_warnings(train, parts)]
    warnings += _missing_warnings(train, validation)
    return CheckedData(_unique(train), _unique(validation), _unique(test), tuple(warnings))


def span_problems(example: Example) -> list[Problem]:
    """What is wrong with the spans of one example."""
    where, text = place(example), example.text
    problems = [p for span in example.entities if (p := _span_problem(span, text, where)) is not None]
    ordered = sorted(example.entities, key=lambda span: (span.start, span.end))
    for first, second in itertools.pairwise(ordered):
        if second.start < first.end:
            what = f"{_quote(text, first)} ({first.entity}) and {_quote(text, second)} ({second.entity}) overlap."
            problems.append(Problem("overlap", where, what, "Keep one of them."))
    if not text.strip():
        problems.append(Problem("empty_text", where, "The text is empty.", "Write a message or remove the line."))
    return problems


def place(example: Example) -> str:
    """Where an example stands, for a sentence."""
    return example.source or f"example {example.text[:60]!r}"


def same(text: str) -> str:
    """The form in which two texts count as the same: case and white space don't matter."""
    return " ".join(text.casefold().split())


def _span_problem(span: EntitySpan, text: str, where: str) -> Problem | None:
    if not span.entity or not 0 <= span.start < span.end <= len(text):
        what = f"The span {span.start}..{span.end} of {span.entity!r} is outside of the text ({len(text)} characters)."
        return Problem("out_of_range", where, what, "Mark the entity again.")
    marked = text[span.start : span.end]
    if marked != marked.strip() or _cuts_word(text, span.start) or _cuts_word(text, span.end):
        what = f"{marked!r} ({span.entity}) begins or ends inside a word or with a space."
        return Problem("misaligned", where, what, "Mark whole words.")
    return None


def _cuts_word(text: str, at: int) -> bool:
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _size_problems(train: Sequence[Example]) -> Iterator[Problem]:
    counts = Counter(example.intent for example in train)
    if not train:
        yield Problem("empty", "training data", "There are no examples.", "Name a folder with Rasa NLU files.")
    elif len(counts) == 1:
        yield Problem("one_intent", place(train[0]), f"Every example is {train[0].intent!r}.", "Add a second intent.")
    elif len(counts) > MOST_INTENTS:
        name = list(counts)[MOST_INTENTS]
        first = next(example for example in train if example.intent == name)
        what = f"There are {len(counts)} intents, and {name!r} is one more than the {MOST_INTENTS} that can be trained."
        yield Problem("too_many_intents", place(first), what, "Merge intents; what varies inside of one is an entity.")
    for example in train:
        if counts[example.intent] == 1:
            what = f"{example.intent!r} has this one example only."
            yield Problem("one_example", place(example), what, "Write at least two; forty teach well.")


def _contradictions(examples: Iterable[Example]) -> Iterator[Problem]:
    seen: dict[str, Example] = {}
    for example in examples:
        first = seen.setdefault(same(example.text), example)
        if first.intent != example.intent:
            what = f"{example.text[:60]!r} is {example.intent!r} here and {first.intent!r} in {place(first)}."
            yield Problem("contradiction", place(example), what, "Remove one of the two.")


def _unknown_labels(name: str, examples: Sequence[Example], train: Sequence[Example]) -> Iterator[Problem]:
    intents = {example.intent for example in train}
    entities = {label_of(span) for example in train for span in example.entities}
    for example in examples:
        unknown = sorted({label_of(span) for span in example.entities} - entities)
        unknown += [example.intent] if example.intent not in intents else []
        for label in unknown:
            what = f"The {name} set has the label {label!r}, but no training example has it."
            yield Problem("unknown_label", place(example), what, "Correct the label or add training examples.")


def _duplicate_warnings(train: Sequence[Example]) -> Iterator[str]:
    doubled = [text for text, count in Counter(same(example.text) for example in train).items() if count > 1]
    if doubled:
        yield f"{len(doubled)} texts stand in the training data more than once and count once, such as {doubled[0]!r}."


def _few_warnings(train: Sequence[Example]) -> Iterator[str]:
    for intent, count in Counter(example.intent for example in train).items():
        if 1 < count < FEW_EXAMPLES:
            yield f"{intent!r} has {count} examples only; it will be understood badly."


def _leak_warnings(train: Sequence[Example], parts: dict[str, Sequence[Example]]) -> Iterator[str]:
    known = {same(example.text) for example in train}
    for name, examples in parts.items():
        if count := sum(same(example.text) in known for example in examples):
            yield f"{count} messages of the {name} set are training examples too; its figures look too good."


def _missing_warnings(train: Sequence[Example], validation: Sequence[Example]) -> Iterator[str]:
    if missing := sorted({e.intent for e in train} - {e.intent for e in validation}):
        yield f"The validation set has no example of {', '.join(missing[:SHOWN])}" + (
            f" and {len(missing) - SHOWN} more." if len(missing) > SHOWN else "."
        )


def _unique(examples: Sequence[Example]) -> tuple[Example, ...]:
    return tuple({same(example.text): example for example in examples}.values())


def _summary(problems: list[Problem]) -> str:
    lines = [str(problem) for problem in problems[:SHOWN]]
    more = [f"... and {len(problems) - SHOWN} more."] if len(problems) > SHOWN else []
    return "\n".join([*lines, *more])


def _quote(text: str, span: EntitySpan) -> str:
    return repr(text[max(span.start, 0) : span.end])
