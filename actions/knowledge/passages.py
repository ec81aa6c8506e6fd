"""What search finds and the shopper reads: sections of articles, each with its title and link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actions.knowledge.articles import Article
from actions.knowledge.sections import Section
from contract.conversation import Source


@dataclass(frozen=True)
class Answer:
    """``text`` is light markdown, word for word from the article that ``source`` names."""

    text: str
    source: Source


@dataclass(frozen=True)
class Passage:
    """``article`` is the file's name. ``subject`` says what ``answer`` is about: its title, and the intents' names."""

    article: str
    subject: str
    answer: Answer


def passages(articles: Sequence[Article]) -> tuple[Passage, ...]:
    """All sections of all articles, in their order."""
    return tuple(_passage(article, section) for article in articles for section in article.sections)


def _passage(article: Article, section: Section) -> Passage:
    title = f"{article.title}: {section.heading}" if section.heading else article.title
    url = f"{article.url}#{section.anchor}" if article.url and section.anchor else article.url
    names = ", ".join(intent.replace("_", " ") for intent in article.intents)
    subject = f"{title}. {names}" if names else title
    return Passage(article.name, subject, Answer(section.text, Source(title, url)))
