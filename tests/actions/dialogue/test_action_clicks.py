"""A click's whole way: a recommendation in the chat, a real gateway, a real action server, the log."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from actions.db.models import Product, ShownRecommendation
from tests.actions.dialogue.conftest import KEY
from tests.actions.dialogue.test_action_server import start, wait_for
from tests.gateway.conftest import GatewayProcess, free_port
from tests.gateway.conftest import wait_for as eventually

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def gateway(talk, tmp_path):
    """One whose action server works on the shop of ``talk``."""
    port = free_port()
    program = start(secret_key=KEY, var_dir=tmp_path, actions_port=port)
    settings = {"secret_key": KEY, "actions_url": f"http://127.0.0.1:{port}/webhook"}
    made = GatewayProcess(tmp_path / "gateway", "http://127.0.0.1:9", settings)
    made.start(ready=False)
    wait_for(port)
    yield made
    made.stop()
    program.terminate()
    program.communicate(timeout=60)


def test_a_click_goes_through_the_gateway_into_the_log(talk, gateway):
    talk.shop.fit_recommender()
    talk.shop.settings = replace(talk.shop.settings, public_url=gateway.url)
    first, second, *_ = talk.hear("recommend something", "recommend_product").act("action_recommend").cards
    answer = httpx.get(second["url"], headers=BROWSER)
    assert httpx.head(first["url"], headers=BROWSER).status_code == answer.status_code == 302

    def clicked():
        with talk.shop.reading.begin() as session:
            row = ShownRecommendation
            return session.scalars(select(row.product_id).where(row.asked_at.is_not(None))).all()

    eventually(clicked)
    with talk.shop.reading.begin() as session:
        assert answer.headers["Location"] == session.get_one(Product, *clicked()).url
    assert clicked() == [talk.slots["shown_products"][1]]
