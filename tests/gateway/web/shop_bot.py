"""The test bot of the gateway with the replies that only a browser can judge: cards, markdown, long answers.

``python shop_bot.py PORT SECRET``, with ``tests/gateway`` on PYTHONPATH.
"""

from __future__ import annotations

import sys
import time

from aiohttp import web
from bot_rules import RULES
from bot_server import Bot, make_app

from contract.conversation import Button, Card, CardField, Context, Reply, Source, TurnResult
from contract.links import ProductLink
from contract.signing import sign

MARKDOWN = """Here is **how it works**, *step by step*:

1. Open your [order](https://shop.example/orders)
2. Press `Return`

- free within 30 days
- by post or in the shop

Questions? Write to [us](mailto:help@shop.example) or see https://shop.example/help."""

INJECTION = """<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>
[click](javascript:window.hacked=1) [data](data:text/html,<script>window.hacked=1</script>)
**<b onmouseover="window.hacked=1">bold</b>** <https://evil.example/"onclick="window.hacked=1>
[x](https://shop.example/"onmouseover="window.hacked=1)"""


def _products(context: Context, rest: str, key: str) -> TurnResult:
    buttons = (Button("Sizes and colours", "/check_stock"), Button("I want it", "/place_order"))
    shoe = Card(
        "product",
        "Tempo Road Running Shoes",
        "Because you bought the Lotus Yoga Mat",
        "/static/icon.svg",
        "In stock",
        (CardField("Price", "from $89.99"), CardField("Rating", "4.6 of 5")),
        buttons,
        _link(context, rest, key),
    )
    bottle = Card("product", "Spring Water Bottle", "Outdoor", None, "Sold out", (CardField("Price", "$19.00"),))
    price = (CardField("Price", "$7.50"),)
    broken = Card("product", "Lamp", None, "/static/nothing-there.png", None, price, buttons, "javascript:alert(1)")
    return TurnResult((Reply("These are popular at the moment:", cards=(shoe, bottle, broken)),))


def _link(context: Context, rest: str, key: str) -> str:
    """As the actions sign it. The message may name the gateway's address and the page's."""
    gateway, _, page = rest.partition(" ")
    link = ProductLink(page or "https://shop.example/p/tempo", context.message_id, "tempo", time.time())
    return f"{gateway.rstrip('/') or 'https://chat.example'}/v1/links/{sign(link, key=key)}"


def _order(context: Context, rest: str, key: str) -> TurnResult:
    card = Card(
        "order",
        "Order #W0417301",
        "Placed on 24 Nov 2026",
        None,
        "On its way",
        (
            CardField("2 × Tempo Road Running Shoes (blue, 43)", "$89.99"),
            CardField("Spring Water Bottle (1000ml)", "$19.00"),
            CardField("Total", "$198.98"),
        ),
        (Button("Track it", "/track_order"), Button("Cancel it", "/cancel_order")),
    )
    return TurnResult((Reply("Here is your order.", cards=(card,)), Reply("Shall I do anything with it?")))


def _source(context: Context, rest: str, key: str) -> TurnResult:
    text = "You can send anything back **within 30 days**, as long as it was not used."
    return TurnResult((Reply(text, source=Source("Returns and refunds", "https://shop.example/returns")),))


def _say(text: str) -> TurnResult:
    return TurnResult((Reply(text),))


RULES.update(
    {
        "products": _products,
        "order": _order,
        "source": _source,
        "markdown": lambda context, rest, key: _say(MARKDOWN),
        "inject": lambda context, rest, key: _say(INJECTION),
        "echo": lambda context, rest, key: _say(rest),
        "who": lambda context, rest, key: _say(f"You are {context.customer_id or 'nobody'}."),
    }
)

if __name__ == "__main__":
    port = int(sys.argv[1])
    bot = Bot(sys.argv[2], f"http://127.0.0.1:{port}")
    web.run_app(make_app(bot), host="127.0.0.1", port=port, print=None)
