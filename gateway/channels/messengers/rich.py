"""Light markdown as spans, spans in each messenger's markup, and long texts cut at sentence ends."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

_BULLET = re.compile(r"^ {0,3}[-*+]\s+", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*\n?", re.MULTILINE)
_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_\[\]()#+.!>-])"
    r"|`(?P<code>[^`\n]{1,1000})`"
    r"|\*\*(?=\S)(?P<bold>.{0,1000}?[^\s*])\*\*"
    r"|(?<!\w)__(?=\S)(?P<strong>.{0,1000}?[^\s_])__(?!\w)"
    r"|(?<!\w)\*(?=[^\s*])(?P<italic>[^*\n]{0,1000}[^\s*])\*(?!\w)"
    r"|(?<!\w)_(?=[^\s_])(?P<emphasis>[^_\n]{0,1000}[^\s_])_(?!\w)"
    r"|\[(?P<title>[^\[\]\n]{1,300})\]\((?P<url>(?:https?://|mailto:)[^\s()]{1,1500})\)",
    re.DOTALL,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])(?=\s)|(?<=[。！？\n])")
_WORD_END = re.compile(r"(?<=\s)")
_LONGEST_ESCAPE = 6  # of one character: &quot;


@dataclass(frozen=True)
class Span:
    """A stretch of text in one style."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    url: str | None = None


Spans = tuple[Span, ...]
Markup = Callable[[Spans], str]


def parse(markdown: str) -> Spans:
    """The light markdown of the bot's texts. What is not understood stays text."""
    text = _BULLET.sub("• ", _FENCE.sub("", markdown))
    return tuple(_inline(_HEADING.sub(r"**\1**", text), Span("")))


def _inline(text: str, style: Span) -> Iterator[Span]:
    done = 0
    for found in _INLINE.finditer(text):
        if found.start() > done:
            yield replace(style, text=text[done : found.start()])
        done = found.end()
        kind, inner = found.lastgroup, found.group(found.lastgroup or 0)
        if kind in ("escaped", "code"):
            yield replace(style, text=inner)
        elif kind == "url":
            yield from _inline(found["title"], replace(style, url=inner))
        elif kind in ("bold", "strong"):
            yield from _inline(inner, replace(style, is_bold=True))
        else:
            yield from _inline(inner, replace(style, is_italic=True))
    if done < len(text):
        yield replace(style, text=text[done:])


def split(spans: Spans, *, limit: int, markup: Markup, size: Callable[[str], int] = len) -> list[Spans]:
    """``spans`` in parts of at most ``limit``, cut after sentences, or else after words."""
    parts: list[list[Span]] = [[]]
    for piece in _pieces(spans, limit, lambda span: size(markup((span,)))):
        if parts[-1] and size(markup((*parts[-1], piece))) > limit:
            parts.append([])
        parts[-1].append(piece)
    return [trimmed for part in parts if (trimmed := trim(tuple(part)))]


def _pieces(spans: Iterable[Span], limit: int, size: Callable[[Span], int]) -> Iterator[Span]:
    for sentence in _cut(spans, _SENTENCE_END):
        if size(sentence) <= limit:
            yield sentence
            continue
        for word in _cut([sentence], _WORD_END):
            if size(word) <= limit:
                yield word
                continue
            step = max(1, limit // _LONGEST_ESCAPE)
            starts = range(0, len(word.text), step)
            yield from (Span(word.text[start : start + step]) for start in starts)  # no word, no link: a hard cut


def _cut(spans: Iterable[Span], where: re.Pattern[str]) -> Iterator[Span]:
    for span in spans:
        yield from (replace(span, text=part) for part in where.split(span.text) if part)


def trim(spans: Spans) -> Spans:
    """Without white space at both ends; adjacent spans of one style are one."""
    joined = [
        replace(style, text="".join(span.text for span in group))
        for style, group in groupby(spans, key=lambda span: replace(span, text=""))
    ]
    while joined and not joined[0].text.strip():
        joined.pop(0)
    while joined and not joined[-1].text.strip():
        joined.pop()
    if joined:
        joined[0] = replace(joined[0], text=joined[0].text.lstrip())
        joined[-1] = replace(joined[-1], text=joined[-1].text.rstrip())
    return tuple(joined)


def plain(spans: Spans) -> str:
    """For what knows no markup: the address of a link follows its title."""
    return "".join(_with_address(span) for span in trim(spans))


def as_html(spans: Spans) -> str:
    """``b``, ``i`` and ``a``: what Telegram and mail programs both understand."""
    return "".join(_html(span) for span in trim(spans))


def slack(spans: Spans) -> str:
    """Slack's mrkdwn, with its three characters escaped, so that nobody writes ``<!channel>``."""
    return "".join(_slack(span) for span in trim(spans))


def whatsapp(spans: Spans) -> str:
    return "".join(_starred(span, _with_address(span)) for span in trim(spans))


def _with_address(span: Span) -> str:
    if span.url is None or span.url.removeprefix("mailto:") == span.text:
        return span.text
    return f"{span.text} ({span.url.removeprefix('mailto:')})"


def _html(span: Span) -> str:
    text = html.escape(span.text)
    if span.url is not None:
        text = f'<a href="{html.escape(span.url)}">{text}</a>'
    text = f"<i>{text}</i>" if span.is_italic else text
    return f"<b>{text}</b>" if span.is_bold else text


def _slack(span: Span) -> str:
    text = html.escape(span.text, quote=False)
    if span.url is not None:
        text = f"<{html.escape(span.url, quote=False).replace('|', '%7C')}|{text.replace('|', '¦')}>"
    return _starred(span, text)


def _starred(span: Span, text: str) -> str:
    """``*bold*`` and ``_italic_``, which hold only where no white space is inside the marks."""
    inner = text.strip()
    if not inner:
        return text
    before, _, after = text.partition(inner)
    inner = f"_{inner}_" if span.is_italic else inner
    return f"{before}*{inner}*{after}" if span.is_bold else f"{before}{inner}{after}"
