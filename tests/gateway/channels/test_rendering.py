"""Items into bubbles: within each messenger's limits, and with every word and every button of the item."""

import re

import pytest

from contract.conversation import Button, Card, CardField, Reply, Source
from gateway.channels.messengers.facebook import Facebook
from gateway.channels.messengers.mail import Mail
from gateway.channels.messengers.messages import CardLink, Look
from gateway.channels.messengers.rendering import Answer
from gateway.channels.messengers.rich import as_html, parse, plain, slack, split, whatsapp
from gateway.channels.messengers.slack import Slack
from gateway.channels.messengers.telegram import Telegram
from gateway.channels.messengers.wechat import WeChat
from gateway.channels.messengers.whatsapp import WhatsApp
from gateway.items import from_replies
from gateway.offers import Offers
from gateway.store.items import StoredItem

OFFERS = Offers(key="k" * 40)
PAGE, IMAGE = "https://chat.example/v1/links/" + "a" * 400, "https://x.example/b.jpg"
LOOKS = {kind.name: kind.look for kind in (Telegram, WhatsApp, Facebook, Slack, WeChat, Mail)}


def _items(*replies, author="bot"):
    new, _ = from_replies(replies, offers=OFFERS, conversation_id="c", message_id=None, now=0.0)
    return [StoredItem("c", seq, item.id, author, 0.0, item.text, item.body, None) for seq, item in enumerate(new, 1)]


def _buttons(*titles):
    return tuple(Button(title, f"/{title}") for title in titles)


def _said(bubbles, look):
    texts = [look.markup(bubble.spans) for bubble in bubbles]
    cards = [card for bubble in bubbles for card in bubble.cards]
    pressable = [choice.title for bubble in bubbles for choice in bubble.choices]
    pressable += [choice.title for card in cards for choice in card.choices]
    return "\n".join(texts + [f"{card.title}\n{card.details}" for card in cards]), pressable


REPLIES = {
    "plain": Reply("Hi."),
    "long": Reply("A sentence with some words in it. " * 110),
    "no spaces": Reply("x" * 4000),
    "bold all over": Reply("**" + "A bold sentence & more. " * 40 + "**"),
    "three buttons": Reply("Choose", _buttons("Yes", "No", "Perhaps")),
    "twelve buttons": Reply("Choose", _buttons(*(f"Number {number}" for number in range(12)))),
    "long titles": Reply("Choose", _buttons("Yes", "A title that has more than twenty letters", "y" * 90)),
    "same titles": Reply("Choose", _buttons("Yes", "Yes")),
    "long and buttons": Reply("Some words. " * 300, _buttons("Yes", "No")),
    "only buttons": Reply(None, _buttons("Yes")),
    "card": Reply(None, (), (Card("product", "Boots", "warm", "https://x.example/b.jpg", "new"),)),
    "card with a page": Reply(None, (), (Card("product", "Boots", "warm", None, "new", (), _buttons("Buy"), PAGE),)),
    "long card with a page": Reply(None, (), (Card("product", "Boots", "s " * 900, IMAGE, "new", url=PAGE),)),
    "card with a page and much to choose": Reply(
        None, (), (Card("product", "Boots", "s " * 500, IMAGE, "new", (), _buttons(*"abcdefghijkl"), PAGE),)
    ),
    "cards": Reply(
        "Look",
        _buttons("More"),
        tuple(
            Card(
                "product",
                f"Boots {number}",
                "warm" * number * 5,
                fields=(CardField("Price", f"${number}"),),
                buttons=_buttons(*(f"Buy {number}.{kind}" for kind in range(number))),
            )
            for number in range(1, 6)
        ),
        Source("Policy", "/policy"),
    ),
    "long card": Reply(None, (), (Card("order", "Order", "s" * 3000, "https://x.example/b.jpg"),)),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_everything_is_shown_within_the_limits(look, reply):
    answer = Answer(look, OFFERS)
    (item,) = _items(reply)
    bubbles = answer.bubbles(item)
    forms = {form.name: form for form in look.forms}
    for bubble in bubbles:
        size = look.size(look.markup(bubble.spans))
        assert size <= (forms[bubble.form].text if bubble.choices else look.text)
        assert size or bubble.image or bubble.cards or bubble.url
        assert bubble.image is None or size <= look.caption
        assert look.link is not CardLink.BUTTON or bubble.url is None or (size <= look.link_text and not bubble.choices)
        if bubble.choices:
            titles = [choice.title for choice in bubble.choices]
            assert len(titles) == len(set(titles)) <= forms[bubble.form].buttons
            assert max(map(len, titles)) <= forms[bubble.form].title
    text, pressable = _said(bubbles, look)
    offered = [button.title for button in (*reply.buttons, *(b for card in reply.cards for b in card.buttons))]
    assert sorted(pressable + [choice.title for choice in answer.numbered]) == sorted(offered)
    for number, choice in enumerate(answer.numbered, 1):
        assert f"{number}. {choice.title}" in text
    for url in filter(None, (card.url for card in reply.cards)):
        opened = [bubble.url for bubble in bubbles] + [card.url for bubble in bubbles for card in bubble.cards]
        opened += [span.url for bubble in bubbles for span in bubble.spans]
        assert opened.count(url) == 1
        assert look.link is CardLink.TITLE or url not in text
    words = re.findall(r"\w+", " ".join([reply.text or "", *(f"{card.title} {card.subtitle}" for card in reply.cards)]))
    flat = re.sub(r"\W", "", text)
    assert all(word in flat for word in words)


def test_numbers_run_through_an_answer_and_begin_again_with_the_next():
    answer = Answer(Look(text=1000, markup=plain), OFFERS)
    first, second = _items(Reply("One", _buttons("A", "B")), Reply("Two", _buttons("C")))
    assert plain(answer.bubbles(first)[0].spans) == "One\n\nReply with a number:\n1. A\n2. B"
    assert plain(answer.bubbles(second)[0].spans) == "Two\n\nReply with a number:\n3. C"
    assert [choice.title for choice in answer.numbered] == ["A", "B", "C"]
    answer.bubbles(_items(Reply("2"), author="shopper")[0])
    assert plain(answer.bubbles(second)[0].spans).endswith("1. C")


def test_an_operators_words_are_no_markdown():
    (item,) = _items(Reply("5 * 3 * 2 and [x](https://x.example)"), author="agent")
    (bubble,) = Answer(LOOKS["telegram"], OFFERS).bubbles(item)
    assert as_html(bubble.spans) == "5 * 3 * 2 and [x](https://x.example)"


MARKDOWN = (
    "# Head\n- **bold** and *it* & _so_\n`a*b*` [here](https://x.example/a?b=1&c) \\*no\\* [bad](javascript:x) 2*3*4"
)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (plain, "Head\n• bold and it & so\na*b* here (https://x.example/a?b=1&c) *no* [bad](javascript:x) 2*3*4"),
        (
            as_html,
            "<b>Head</b>\n• <b>bold</b> and <i>it</i> &amp; <i>so</i>\na*b* "
            '<a href="https://x.example/a?b=1&amp;c">here</a> *no* [bad](javascript:x) 2*3*4',
        ),
        (
            slack,
            "*Head*\n• *bold* and _it_ &amp; _so_\na*b* "
            "<https://x.example/a?b=1&amp;c|here> *no* [bad](javascript:x) 2*3*4",
        ),
        (
            whatsapp,
            "*Head*\n• *bold* and _it_ & _so_\na*b* here (https://x.example/a?b=1&c) *no* [bad](javascript:x) 2*3*4",
        ),
    ],
    ids=["plain", "html", "slack", "whatsapp"],
)
def test_light_markdown_in_each_markup(markup, expected):
    assert markup(parse(MARKDOWN)) == expected


def test_nobody_notifies_a_slack_channel():
    assert slack(parse("<!channel> <@U1>")) == "&lt;!channel&gt; &lt;@U1&gt;"


def test_long_texts_are_cut_after_sentences():
    parts = split(parse("First one. Second one! Third one? 你好。再见。"), limit=22, markup=plain)
    assert [plain(part) for part in parts] == ["First one. Second one!", "Third one? 你好。再见。"]
    parts = split(parse("**bold one. bold two.**"), limit=20, markup=as_html)
    assert [as_html(part) for part in parts] == ["<b>bold one.</b>", "<b>bold two.</b>"]
