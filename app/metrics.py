"""The instruments: what the relay counts of itself, in the words of Prometheus.

No label holds a name: not of an agent, nor of a room or a message.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

from app.tally import SECONDS, Spread, Tally

SLOW_READER = "slow_reader"  # as delivery calls it
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LONG = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400)


class Metrics:
    """The instruments of one relay, in a registry of their own; who measures something holds one of them."""

    def __init__(self, version: str, tally: Tally) -> None:
        self.tally = tally
        # When each of them began to count tells nobody anything, and doubles the page.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
        self.registry = CollectorRegistry()
        self.registry.register(_Tallied(tally))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._gauge("clawnet_build_info", "What runs.", "version").labels(version).set(1)
        self._of_traffic()
        self._of_http()
        self._of_work()
        self._of_the_machine()

    def text(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _of_traffic(self) -> None:
        self.connections = self._gauge("clawnet_connections", "Connections that are open.", "kind")
        self.agents = self._gauge("clawnet_agents", "Agents by whether they are there.", "status")
        self.messages = self._counter("clawnet_messages", "Messages.", "kind", "result")
        self.repeats = self._counter("clawnet_dedupe_hits", "Messages that were stored before.")
        self.connects = self._counter("clawnet_connects", "Agents at the door.", "result")
        self.queued = self._gauge("clawnet_send_queue_bytes", "What waits for sockets to be written.")

    def _of_http(self) -> None:
        self.requests = self._counter("clawnet_http_requests", "REST requests.", "route", "method", "code")
        self.request_seconds = self._histogram(
            "clawnet_http_request_duration_seconds", "REST, streams aside."
        )
        self.auth_failures = self._counter("clawnet_auth_failures", "Refused for their token.", "reason")

    def _of_work(self) -> None:
        self.tasks = self._gauge("clawnet_tasks", "Tasks by state; of ended ones the newest.", "state")
        self.task_seconds = self._histogram(
            "clawnet_task_duration_seconds", "Tasks.", "result", buckets=_LONG
        )
        self.audit_records = self._counter("clawnet_audit_records", "Records of the audit trail.")

    def _of_the_machine(self) -> None:
        self.store_seconds = self._histogram("clawnet_store_operation_duration_seconds", "Store.", "op")
        self.store_errors = self._counter("clawnet_store_errors", "Failures of the store.", "op")
        self.store_writable = self._gauge(
            "clawnet_store_writable", "Whether the store takes what is written."
        )
        self.loop_lag = self._histogram("clawnet_event_loop_lag_seconds", "How late the event loop is.")
        self.disk_free = self._gauge("clawnet_disk_free_bytes", "Free space where the data is.")

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self.registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _histogram(
        self, name: str, words: str, *labels: str, buckets: tuple[float, ...] = SECONDS
    ) -> Histogram:
        return Histogram(name, words, labels, registry=self.registry, buckets=buckets)


class _Tallied(Collector):
    """What was tallied, as it stands when somebody asks."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    @override
    def collect(self) -> Iterable[Metric]:
        tally = self._tally
        yield _total("clawnet_deliveries", "Entries handed to readers.", tally.deliveries)
        yield _total("clawnet_replay_messages", "Of these, late or again.", tally.replays)
        slow = tally.disconnects[SLOW_READER]
        yield _total("clawnet_slow_consumer_disconnects", "Readers that were too slow.", slow)
        yield _by("clawnet_resume", "Readers that came back.", "result", tally.resumes)
        yield _by("clawnet_disconnects", "Links that ended.", "reason", tally.disconnects)
        yield _by("clawnet_protocol_errors", "Events that were refused.", "code", tally.refusals)
        yield _by("clawnet_rate_limited", "Refused for their number.", "scope", tally.limited)
        words = "From the taking of a message until readers are served."
        yield _times("clawnet_delivery_duration_seconds", words, tally.delivered)
        words = "From the taking of a message until its sender is answered."
        yield _times("clawnet_ack_duration_seconds", words, tally.answered)
        if tally.is_audit_intact is not None:
            words = "Whether the audit trail held when it was last verified."
            yield GaugeMetricFamily("clawnet_audit_verify_ok", words, int(tally.is_audit_intact))


def _total(name: str, words: str, total: int) -> Metric:
    return CounterMetricFamily(name, words, total)


def _by(name: str, words: str, label: str, totals: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=(label,))
    for value, total in totals.items():
        family.add_metric((value,), total)
    return family


def _times(name: str, words: str, spread: Spread) -> Metric:
    return HistogramMetricFamily(name, words, buckets=spread.cumulative(), sum_value=spread.total)
