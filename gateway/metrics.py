"""Counters and timers in Prometheus' form, one registry per application."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """``turns{outcome}``: answered, fault, handoff, replayed. ``refused{reason}``: an error type."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = self._counter("turns", "Messages that were answered", "outcome")
        self.faults = self._counter("faults", "Turns in which the bot had no answer, by cause", "cause")
        self.refused = self._counter("refused", "Requests that were refused, by type", "reason")
        self.effects = self._counter("effects", "Effects of actions, by kind and verdict", "kind", "verdict")
        self.deliveries = self._counter("deliveries", "Bubbles for messengers, by outcome", "channel", "outcome")
        self.turn_seconds = Histogram(
            "shopclerk_gateway_turn_seconds",
            "From acceptance to stored answer",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.bot_seconds = Histogram(
            "shopclerk_gateway_bot_seconds", "Time that the bot took", buckets=_SECONDS, registry=self.registry
        )
        self.waiting = self._gauge("waiting_messages", "Accepted messages without an answer")
        self.streams = self._gauge("event_streams", "Open event streams")
        self.breaker_open = self._gauge("breaker_open", "1 while the bot is not called")

    def page(self) -> bytes:
        return generate_latest(self.registry)

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        return Counter(f"shopclerk_gateway_{name}", doc, labels, registry=self.registry)

    def _gauge(self, name: str, doc: str) -> Gauge:
        return Gauge(f"shopclerk_gateway_{name}", doc, registry=self.registry)
