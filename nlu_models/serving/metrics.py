"""What the service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SIZES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.parses = Counter("nlu_parses", "Messages that were understood", ["fallback"], registry=self.registry)
        self.corrected = Counter("nlu_corrected", "Messages that a correction decided", registry=self.registry)
        self._by_fallback = [self.parses.labels(fallback=name) for name in ("false", "true")]
        self.refused = Counter("nlu_errors", "Requests that were refused", ["error_type"], registry=self.registry)
        self.seconds = Histogram("nlu_parse_seconds", "From request to result", registry=self.registry, buckets=SECONDS)
        self.model_seconds = Histogram(
            "nlu_batch_seconds", "Of a batch, results included", registry=self.registry, buckets=SECONDS
        )
        self.batch = Histogram("nlu_batch_size", "Messages in a batch", registry=self.registry, buckets=SIZES)
        self.trainings = Counter("nlu_trainings", "Trainings that were asked for", registry=self.registry)

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Show how many messages wait."""
        gauge = Gauge("nlu_queue_length", "Messages that wait", registry=self.registry)
        gauge.set_function(lambda: float(waiting()))

    def on_parse(self, seconds: float, *, fallback: bool) -> None:
        """Note a message that was understood."""
        self.seconds.observe(seconds)
        self._by_fallback[fallback].inc()

    def on_batch(self, size: int, seconds: float) -> None:
        """Note a batch."""
        self.batch.observe(size)
        self.model_seconds.observe(seconds)

    def text(self) -> bytes:
        """All counters in the exposition format."""
        return generate_latest(self.registry)
