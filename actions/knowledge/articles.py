"""Reads the articles of ``data/knowledge``: front matter and light markdown, by sections where it has headings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from actions.knowledge.sections import Section, sections
from contract.wire import InvalidInput

SITE, README = "site.yml", "README.md"
KEYS = frozenset({"title", "intents", "slug"})
LONGEST = 2000
HOW = "see README.md beside it"


@dataclass(frozen=True)
class Article:
    """``url`` is None where the shop has no help pages, or the article no slug. ``text`` is all of it."""

    name: str
    title: str
    intents: tuple[str, ...]
    text: str
    url: str | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        """What stands under each heading; one without a heading where there is none."""
        return sections(self.text)


def files_of(folder: Path) -> list[Path]:
    """The articles and the site's file, in the order of their names."""
    articles = [path for path in folder.glob("*.md") if path.name != README]
    return sorted([*articles, *folder.glob(SITE)])


def read_articles(folder: Path) -> tuple[Article, ...]:
    """All articles, in the order of their names.

    Raises:
        InvalidInput: there is none, or one is broken; the sentence names the file.
    """
    files = [path for path in files_of(folder) if path.name != SITE]
    if not files:
        raise InvalidInput(f"{folder} holds no articles (*.md): set SHOPCLERK_DATA_DIR to the folder `data`.")
    help_pages = _help_pages(folder / SITE)
    articles = tuple(_article(path, help_pages) for path in files)
    _no_intent_twice(articles)
    return articles


def _article(path: Path, help_pages: str | None) -> Article:
    head, text = _split(path)
    unknown = sorted(set(map(str, head)) - KEYS)
    if unknown:
        raise InvalidInput(f"{path.name} has an unknown key {unknown[0]!r}: only title, intents and slug are known.")
    slug = head.get("slug")
    if slug is not None and not isinstance(slug, str):
        raise InvalidInput(f"{path.name} has the slug {slug!r}: write a page's name, such as delivery-costs.")
    url = f"{help_pages}{slug}" if help_pages and slug else None
    return Article(path.name, _title(path, head), _intents(path, head), _text(path, text), url)


def _split(path: Path) -> tuple[dict[str, Any], str]:
    parts = _read(path).lstrip().split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise InvalidInput(f"{path.name} does not begin with lines between --- and ---: {HOW}.")
    head = _yaml(path, parts[1])
    if not isinstance(head, dict):
        raise InvalidInput(f"{path.name} has no title and intents between its --- lines: {HOW}.")
    return head, parts[2].strip()


def _title(path: Path, head: dict[str, Any]) -> str:
    title = head.get("title")
    if not isinstance(title, str) or not title.strip():
        raise InvalidInput(f"{path.name} has no title: add `title: ...` between its --- lines.")
    return title.strip()


def _intents(path: Path, head: dict[str, Any]) -> tuple[str, ...]:
    intents = head.get("intents")
    if not isinstance(intents, list) or not all(isinstance(intent, str) for intent in intents):
        raise InvalidInput(f"{path.name} must have a list of intents, such as `intents: [delivery_cost]`, or `[]`.")
    return tuple(intents)


def _text(path: Path, text: str) -> str:
    if not text:
        raise InvalidInput(f"{path.name} has no text below its second ---.")
    for section in sections(text):
        where = f"{path.name} has the section {section.heading[:60]!r}" if section.heading else path.name
        if not section.text:
            raise InvalidInput(f"{where} without text: write something below the heading, or take it out.")
        if len(section.text) > LONGEST:
            raise InvalidInput(
                f"{where} {'with' if section.heading else 'has'} {len(section.text)} characters: at most {LONGEST}, "
                "because it is an answer in a chat. Divide it by headings (## ...)."
            )
    return text


def _help_pages(path: Path) -> str | None:
    if not path.is_file():
        return None
    content = _yaml(path, _read(path))
    address = content.get("help_pages") if isinstance(content, dict) else None
    if address is None:
        return None
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise InvalidInput(f"{path.name} has help_pages {address!r}: write an address that begins with https://.")
    return address if address.endswith("/") else f"{address}/"


def _no_intent_twice(articles: Iterable[Article]) -> None:
    owner: dict[str, str] = {}
    for article in articles:
        for intent in article.intents:
            if intent in owner:
                raise InvalidInput(
                    f"{article.name} and {owner[intent]} both answer the intent {intent!r}: take it out of one of them."
                )
            owner[intent] = article.name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path.name} cannot be read as UTF-8 text: {type(error).__name__}.") from error


def _yaml(path: Path, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1} of it)" if mark else ""
        raise InvalidInput(f"{path.name} has front matter that is not YAML{line}: {HOW}.") from error
