"""Items into bubbles that fit a messenger. Buttons that do not fit become a numbered list, so that none is lost.

Numbers run through one answer (everything since the shopper's last message), so a number that the shopper types
means one button.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.channels.messengers.messages import Bubble, CardLink, Carousel, Choice, Form, Look, ShownCard
from gateway.channels.messengers.rich import Span, Spans, parse, split, trim
from gateway.items import render
from gateway.offers import Offers
from gateway.store.items import StoredItem

CHOOSE = "Please choose:"
REPLY_WITH_NUMBER = "Reply with a number:"
_GAP = Span("\n\n")
_NO_FORM = Form("", buttons=0, title=0, text=0)


class Answer:
    """Renders the items of one answer in their order. ``numbered`` are the buttons shown as numbers so far, from 1."""

    def __init__(self, look: Look, offers: Offers) -> None:
        self._look, self._offers = look, offers
        self.numbered: list[Choice] = []

    def bubbles(self, item: StoredItem) -> list[Bubble]:
        """What to send of an item. A shopper's own item begins the next answer and is nothing to send."""
        if item.author == "shopper":
            self.numbered = []
            return []
        shown = render(item, self._offers)
        choices, cards = _choices(shown), shown["cards"]
        text = _text(shown)
        made = self._text(text, () if cards else choices) if text or not cards else []
        made += self._cards(cards)
        if cards and choices:
            made += self._text((), choices)
        return made

    def _cards(self, cards: list[dict[str, Any]]) -> list[Bubble]:
        carousel = self._look.carousel
        shown = [_in_carousel(card, carousel) for card in cards] if carousel else []
        fitting = [card for card in shown if card is not None]
        if carousel and cards and len(fitting) == len(cards):
            starts = range(0, len(fitting), carousel.cards)
            return [Bubble(cards=tuple(fitting[start : start + carousel.cards])) for start in starts]
        return [bubble for card in cards for bubble in self._card(card)]

    def _card(self, card: dict[str, Any]) -> list[Bubble]:
        made = self._text(_card_text(card, is_link=self._look.link is CardLink.TITLE), _choices(card))
        image, url = None if self._look.caption is None else _image(card), _page(card)
        if image is not None:
            made = self._with_image(made, image, card["title"])
        if url is not None and self._look.link is CardLink.BUTTON:
            made = self._with_button(made, url, card["title"])
        if url is not None and self._look.link is CardLink.PICTURE:
            made = _with_picture(made, url, card["title"])
        return made

    def _with_image(self, made: list[Bubble], image: str, alt: str) -> list[Bubble]:
        """The picture stands with the text if it may, or else before it."""
        first, *others = made
        takes_image = all(form.takes_image for form in self._look.forms if form.name == first.form)
        if not others and takes_image and self._size(first.spans) <= (self._look.caption or 0):
            return [replace(first, image=image, alt=alt)]
        return [Bubble(image=image, alt=alt), *made]

    def _with_button(self, made: list[Bubble], url: str, title: str) -> list[Bubble]:
        """The link's button stands alone: under the text, or under the title again where the text has other buttons."""
        *others, last = made
        if not last.choices and self._size(last.spans) <= self._look.link_text:
            return [*others, replace(last, url=url)]
        name, *_ = self._split_by((Span(title),), self._look.link_text)
        return [*made, Bubble(name, url=url)]

    def _text(self, text: Spans, choices: Sequence[Choice]) -> list[Bubble]:
        form = _best_form(choices, self._look.forms)
        native = _fitting(choices, form)
        others = [choice for choice in choices if choice not in native]
        if native and not text:
            text = (Span(CHOOSE),)
        if not text and not choices:
            return []
        *before, last = self._split((*text, *self._numbers(others)), form if native else None) or [()]
        return [*map(Bubble, before), Bubble(last, form.name if native else "", native)]

    def _numbers(self, choices: Sequence[Choice]) -> list[Span]:
        if not choices:
            return []
        first = len(self.numbered) + 1
        self.numbered += choices
        lines = [f"{number}. {choice.title}" for number, choice in enumerate(choices, first)]
        return [_GAP, Span("\n".join([REPLY_WITH_NUMBER, *lines]))]

    def _split(self, spans: Spans, form: Form | None) -> list[Spans]:
        parts = self._split_by(spans, self._look.text)
        if form is None or not parts or self._size(parts[-1]) <= form.text:
            return parts
        return [*parts[:-1], *self._split_by(parts[-1], form.text)]

    def _split_by(self, spans: Spans, limit: int) -> list[Spans]:
        return split(spans, limit=limit, markup=self._look.markup, size=self._look.size)

    def _size(self, spans: Spans) -> int:
        return self._look.size(self._look.markup(spans))


def joined(bubbles: Sequence[Bubble]) -> Bubble:
    """All that was said as one bubble, for a messenger that has neither buttons nor pictures of its own."""
    spans = [span for bubble in bubbles for span in (_GAP, *bubble.spans)]
    return Bubble(trim(tuple(spans)))


def _best_form(choices: Sequence[Choice], forms: Sequence[Form]) -> Form:
    """The first form that shows every button, or else the one that shows most."""
    if not forms:
        return _NO_FORM
    return max(forms, key=lambda form: len(_fitting(choices, form)))


def _fitting(choices: Sequence[Choice], form: Form) -> tuple[Choice, ...]:
    """The buttons that a form shows: their titles fit and differ."""
    found: dict[str, Choice] = {}
    for choice in choices:
        if 0 < len(choice.title) <= form.title and len(found) < form.buttons:
            found.setdefault(choice.title, choice)
    return tuple(found.values())


def _choices(shown: dict[str, Any]) -> tuple[Choice, ...]:
    return tuple(Choice(button["title"], button["token"]) for button in shown["buttons"])


def _text(shown: dict[str, Any]) -> Spans:
    """What an item says; a person's words are no markdown."""
    text = shown["text"] or ""
    spans = (Span(text),) if shown["author"] == "agent" else parse(text)
    if shown["source"] is None:
        return trim(spans)
    url = _absolute(shown["source"]["url"])
    return trim((*spans, _GAP, Span("Source: "), Span(shown["source"]["title"], url=url)))


def _with_picture(made: list[Bubble], url: str, title: str) -> list[Bubble]:
    first, *others = made
    return [replace(first, url=url), *others] if first.image else [Bubble(alt=title, url=url), *made]


def _card_text(card: dict[str, Any], *, is_link: bool) -> Spans:
    badge = f" ({card['badge']})" if card["badge"] else ""
    title = Span(card["title"], is_bold=True, url=_page(card) if is_link else None)
    return trim((title, Span(badge, is_bold=True), Span("\n" + _details(card))))


def _details(card: dict[str, Any]) -> str:
    fields = [f"{field['label']}: {field['value']}" for field in card["fields"]]
    return "\n".join([*([card["subtitle"]] if card["subtitle"] else []), *fields])


def _in_carousel(card: dict[str, Any], limits: Carousel) -> ShownCard | None:
    """The card as it stands in a carousel, if all of it fits there."""
    head = f"{card['title']} ({card['badge']})" if card["badge"] else card["title"]
    choices, details = _choices(card), _details(card)
    fits = (
        len(head) <= limits.title
        and len(details) <= limits.details
        and (details or choices or _image(card) or _page(card))  # a title alone is no card
        and len(choices) <= limits.buttons
        and all(len(choice.title) <= limits.button_title for choice in choices)
    )
    return ShownCard(head, details, _image(card), choices, _page(card)) if fits else None


def _image(card: dict[str, Any]) -> str | None:
    """Providers fetch pictures themselves: a path of ours would lead them nowhere."""
    return _absolute(card["image_url"])


def _page(card: dict[str, Any]) -> str | None:
    return _absolute(card["url"])


def _absolute(url: str | None) -> str | None:
    return url if url is not None and url.startswith(("https://", "http://")) else None
