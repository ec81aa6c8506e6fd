"""A card with its picture and its link on each messenger, over real HTTP."""

import pytest

from contract.conversation import Button, Card, CardField, Reply
from contract.settings import Settings
from gateway.channels.messengers import setup
from gateway.channels.messengers.calls import Calls
from gateway.channels.messengers.messages import NotDelivered
from gateway.channels.messengers.rendering import Answer
from gateway.items import from_replies
from gateway.offers import Offers
from gateway.store.items import StoredItem
from tests.gateway.channels.people import OnFacebook, OnSlack, OnTelegram, OnWeChat, OnWhatsApp

IMAGE = "https://shop.example/boots.jpg"
PAGE = "https://chat.example/v1/links/" + "a" * 400
OFFERS = Offers(key="k" * 40)
ADDRESS = {"chat": "1", "to": "1", "channel": "D1"}
BUY = (Button("Buy", "/buy"),)


@pytest.fixture
async def show(providers):
    """Sends the bubbles of a card; returns the bodies that the provider was sent."""
    calls = Calls()
    await calls.start()

    async def send(kind, card):
        provider = providers[kind.channel]
        channels = {row[2].name: row[2] for row in setup._WEBHOOKS}
        settings = Settings(**{**kind.settings, kind.url_setting: provider.url})
        channel = channels[kind.channel](settings, calls)
        (new,), _ = from_replies(
            (Reply(None, (), (card,)),), offers=OFFERS, conversation_id="c", message_id=None, now=0
        )
        item, before = StoredItem("c", 1, new.id, "bot", 0.0, new.text, new.body, None), len(provider.calls)
        for bubble in Answer(channel.look, OFFERS).bubbles(item):
            await channel.send(ADDRESS, bubble)
        return [call.body for call in provider.calls[before:] if "grant_type" not in call.body]

    yield send
    await calls.stop()


def _card(subtitle="Warm", buttons=BUY, image=IMAGE, url=None):
    return Card("product", "Boots", subtitle, image, "new", (CardField("Price", "$9"),), buttons, url)


async def test_on_telegram_it_is_a_preview_above_the_text(show):
    (body,) = await show(OnTelegram, _card())
    assert body["text"] == "<b>Boots (new)</b>\nWarm\nPrice: $9"
    assert body["link_preview_options"] == {"url": IMAGE, "prefer_large_media": True, "show_above_text": True}


async def test_on_whatsapp_it_is_the_head_of_the_buttons_or_has_a_caption(show):
    (body,) = await show(OnWhatsApp, _card())
    assert body["interactive"]["header"] == {"type": "image", "image": {"link": IMAGE}}
    (body,) = await show(OnWhatsApp, _card(buttons=()))
    assert body["image"] == {"link": IMAGE, "caption": "*Boots (new)*\nWarm\nPrice: $9"}


async def test_on_whatsapp_a_list_and_a_long_text_follow_it(show):
    picture, listed = await show(OnWhatsApp, _card(buttons=tuple(Button(f"Size {n}", "/x") for n in range(4))))
    assert (picture["image"], listed["interactive"]["type"]) == ({"link": IMAGE}, "list")
    picture, text = await show(OnWhatsApp, _card("Warm. " * 400, buttons=()))
    assert (picture["image"], text["type"]) == ({"link": IMAGE}, "text")


async def test_on_messenger_it_stands_in_the_carousel_or_before_a_long_text(show):
    (body,) = await show(OnFacebook, _card())
    (element,) = body["message"]["attachment"]["payload"]["elements"]
    assert (element["title"], element["subtitle"], element["image_url"]) == ("Boots (new)", "Warm\nPrice: $9", IMAGE)
    picture, text = await show(OnFacebook, _card("Warm and dry. " * 20))
    assert picture["message"]["attachment"] == {"type": "image", "payload": {"url": IMAGE}}
    assert text["message"]["attachment"]["payload"]["buttons"][0]["title"] == "Buy"


async def test_on_slack_it_stands_beside_the_text_and_is_left_out_if_slack_cannot_fetch_it(show, providers):
    (body,) = await show(OnSlack, _card())
    assert body["blocks"][0]["accessory"] == {"type": "image", "image_url": IMAGE, "alt_text": "Boots"}
    providers["slack"].next_answers.append((200, {"ok": False, "error": "invalid_blocks"}))
    refused, sent = await show(OnSlack, _card())
    assert "accessory" in refused["blocks"][0]
    assert "accessory" not in sent["blocks"][0] and sent["text"] == refused["text"]


async def test_on_wechat_it_is_an_article_before_the_text(show):
    article, text = await show(OnWeChat, _card())
    assert article["news"]["articles"] == [{"title": "Boots", "description": "", "url": IMAGE, "picurl": IMAGE}]
    assert text["text"]["content"] == "Boots (new)\nWarm\nPrice: $9\n\nReply with a number:\n1. Buy"


async def test_on_telegram_and_slack_the_title_is_a_link(show):
    (body,) = await show(OnTelegram, _card(url=PAGE))
    assert body["text"] == f'<b><a href="{PAGE}">Boots</a></b><b> (new)</b>\nWarm\nPrice: $9'
    assert body["link_preview_options"]["url"] == IMAGE
    (body,) = await show(OnSlack, _card(url=PAGE))
    section, actions = body["blocks"]
    assert section["text"]["text"] == f"*<{PAGE}|Boots>* *(new)*\nWarm\nPrice: $9" and not body["unfurl_links"]
    assert [row["text"]["text"] for row in actions["elements"]] == ["Buy"]


async def test_on_messenger_the_card_opens_it_or_a_button_after_a_long_text(show):
    (body,) = await show(OnFacebook, _card(url=PAGE))
    (element,) = body["message"]["attachment"]["payload"]["elements"]
    assert element["default_action"] == {"type": "web_url", "url": PAGE} and PAGE not in element["subtitle"]
    _, text, link = await show(OnFacebook, _card("Warm and dry. " * 20, url=PAGE))
    assert text["message"]["attachment"]["payload"]["buttons"][0]["title"] == "Buy"
    assert link["message"]["attachment"]["payload"] == {
        "template_type": "button",
        "text": "Boots",
        "buttons": [{"type": "web_url", "title": "See it in the shop", "url": PAGE}],
    }


async def test_on_whatsapp_a_button_opens_it_alone_or_after_the_others(show):
    opens = {"name": "cta_url", "parameters": {"display_text": "See it in the shop", "url": PAGE}}
    (body,) = await show(OnWhatsApp, _card(buttons=(), url=PAGE))
    assert body["interactive"] == {
        "type": "cta_url",
        "header": {"type": "image", "image": {"link": IMAGE}},
        "body": {"text": "*Boots (new)*\nWarm\nPrice: $9"},
        "action": opens,
    }
    card, link = await show(OnWhatsApp, _card(url=PAGE))
    assert card["interactive"]["type"] == "button" and PAGE not in str(card)
    assert link["interactive"] == {"type": "cta_url", "body": {"text": "Boots"}, "action": opens}
    *_, link = await show(OnWhatsApp, _card("Warm. " * 400, buttons=(), image=None, url=PAGE))
    assert link["interactive"]["action"] == opens and len(link["interactive"]["body"]["text"]) <= 1024


async def test_on_wechat_the_article_opens_it(show):
    article, text = await show(OnWeChat, _card(url=PAGE))
    assert article["news"]["articles"] == [{"title": "Boots", "description": "", "url": PAGE, "picurl": IMAGE}]
    assert text["text"]["content"].startswith("Boots (new)\nWarm") and PAGE not in text["text"]["content"]
    article, text = await show(OnWeChat, _card(image=None, url=PAGE))
    assert article["news"]["articles"] == [{"title": "Boots", "description": "", "url": PAGE}]
    assert text["text"]["content"].startswith("Boots (new)\nWarm")


@pytest.mark.parametrize(
    ("status", "headers", "is_permanent", "retry_after"),
    [
        (400, {}, True, None),
        (403, {}, True, None),
        (401, {}, False, None),
        (404, {}, False, None),
        (429, {"Retry-After": "7"}, False, 7.0),
        (503, {"Retry-After": "Fri, 27 Nov 2026 12:00:00 GMT"}, False, None),
        (302, {"Location": "http://127.0.0.1:1/"}, False, None),
    ],
)
async def test_what_a_status_means(show, providers, status, headers, is_permanent, retry_after):
    providers["telegram"].next_answers.append((status, {}, headers))
    with pytest.raises(NotDelivered) as caught:
        await show(OnTelegram, _card())
    assert (caught.value.is_permanent, caught.value.retry_after) == (is_permanent, retry_after)


async def test_a_provider_that_is_not_there_is_tried_later():
    calls = Calls()
    await calls.start()
    with pytest.raises(NotDelivered) as caught:
        await calls.post("http://127.0.0.1:1/botsecret-token/sendMessage", {})
    assert not caught.value.is_permanent
    assert "secret-token" not in caught.value.cause
    await calls.stop()
