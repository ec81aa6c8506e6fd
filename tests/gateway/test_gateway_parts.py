"""Small parts by themselves: breaker, rate limit, buckets of text, settings."""

import asyncio
import resource

import pytest

from contract.settings import Settings
from contract.wire import InvalidInput, TooMany, Unavailable
from gateway import server
from gateway.background import Repeating
from gateway.breaker import Breaker
from gateway.hub import Hub
from gateway.metrics import Metrics
from gateway.ratelimits import MAX_KEYS, RateLimit
from gateway.services import build
from gateway.text import scrub


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_the_breaker_opens_probes_and_closes():
    clock = Clock()
    breaker = Breaker(threshold=2, cool_off_s=1, max_cool_off_s=3, clock=clock)
    breaker.failed()
    assert breaker.allow()
    breaker.failed()
    assert not breaker.allow()
    clock.now = 1.1
    assert breaker.allow()
    assert not breaker.allow(), "one probe at a time"
    breaker.failed()
    clock.now = 2.5
    assert not breaker.allow(), "the pause has doubled"
    clock.now = 3.3
    assert breaker.allow()
    breaker.succeeded()
    assert breaker.allow() and breaker.allow()


def test_a_rate_limit_refills():
    clock = Clock()
    limit = RateLimit(2, sentence="Slow down.", clock=clock)
    limit.check("a")
    limit.check("a")
    with pytest.raises(TooMany) as refused:
        limit.check("a")
    assert refused.value.retry_after == 30
    limit.check("b")
    clock.now = 31
    limit.check("a")


def test_a_rate_limit_forgets_the_oldest_keys():
    limit = RateLimit(1, sentence="Slow down.")
    for number in range(MAX_KEYS + 10):
        limit.check(str(number))
    assert len(limit._buckets) == MAX_KEYS


@pytest.mark.parametrize("text", ["plain", "é", "👩‍👩‍👧‍👦", "می‌خواهم", "🏳️‍🌈", "🇩🇪", "क्‍ष", "1️⃣", "☎︎"])
def test_scrubbing_keeps_what_is_meant(text):
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\u200db", "ab"),
        ("\ufe0fx", "x"),
        ("x\u200d", "x"),
        ("\x1b]0;title\x07x", "x"),
        ("a\ufff9b\ufdd0c", "abc"),
        ("\U000e0067\U000e007f", ""),
        ("x\ue000", "x\ue000"),
        ("\u061cx\u2066y\u2069", "xy"),
    ],
)
def test_scrubbing_removes_the_invisible(text, kept):
    assert scrub(text) == kept


@pytest.mark.parametrize("keys", [{"secret_key": "short"}, {"secret_key": "k" * 40, "shop_token_key": "short"}])
def test_short_keys_are_refused(keys, tmp_path):
    with pytest.raises(InvalidInput, match="at least 32 characters, not 5"):
        build(Settings(var_dir=str(tmp_path), **keys))


@pytest.mark.parametrize(
    "origins",
    ["*", "https://*.shop.example", "null", "shop.example", "https://a.example; script-src *", "https://a.b/c"],
)
def test_an_allowed_origin_names_one_page(origins, tmp_path):
    settings = Settings(secret_key="k" * 40, var_dir=str(tmp_path), allowed_origins=f"https://fine.example,{origins}")
    with pytest.raises(InvalidInput, match="name each shop page"):
        build(settings)


def test_a_refused_stream_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr("gateway.hub.IN_ALL", 1)
    hub = Hub(Metrics())
    stream = hub.subscribe(conversation_id="one", session_id="one")
    with pytest.raises(TooMany):
        hub.subscribe(conversation_id="other", session_id="other")
    hub.unsubscribe(stream)
    assert hub._streams == {}


@pytest.mark.parametrize("error", [ValueError, Unavailable("away")])
async def test_background_work_comes_back_after_an_error(error):
    runs = []

    async def fail():
        runs.append(1)
        raise error

    work = Repeating("clumsy", fail, 0.01)
    work.start()
    async with asyncio.timeout(5):
        while len(runs) < 2:
            await asyncio.sleep(0.01)
    await work.stop()
    await work.stop()


def test_as_many_files_as_connections_are_allowed():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
        server.allow_files()
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert allowed == hard or allowed >= server.CONNECTIONS
        server.allow_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (allowed, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
