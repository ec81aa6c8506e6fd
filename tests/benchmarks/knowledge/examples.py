"""Questions whose right article is known: the project's labelled messages, and some about articles of no intent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from actions.knowledge.articles import Article, read_articles
from contract.settings import ROOT

HERE = Path(__file__).parent
OWN = HERE / "articles"
_ENTITY = re.compile(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class Question:
    """``article`` is the file that answers; None where no article does."""

    text: str
    article: str | None


def articles() -> tuple[Article, ...]:
    """Those of the demo shop, and ten more whose topics no intent has."""
    return (*read_articles(ROOT / "data" / "knowledge"), *read_articles(OWN))


def labelled(paths: Iterable[Path], known: Iterable[Article]) -> list[Question]:
    """The examples of NLU files; out of scope, orders, products and smalltalk have no article."""
    owner = {intent: article.name for article in known for intent in article.intents}
    return [Question(text, owner.get(intent)) for path in paths for intent, text in _examples(path)]


def own_questions() -> list[Question]:
    """Five about each of the ten articles of no intent."""
    rows = yaml.safe_load((HERE / "questions.yml").read_text(encoding="utf-8"))
    return [Question(text, f"{name}.md") for name, texts in rows.items() for text in texts]


def _examples(path: Path) -> Iterator[tuple[str, str]]:
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        for line in block["examples"].splitlines() if "intent" in block else ():
            yield block["intent"], _ENTITY.sub(r"\1", line.removeprefix("- ").strip())
