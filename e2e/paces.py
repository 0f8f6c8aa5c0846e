"""Settings of relays that refuse nobody for being quick, for tests of something else than limits."""

UNLIMITED: dict[str, object] = {
    "rate_rest": "1000000/second",
    "rate_chat": 1_000_000,
    "rate_chat_burst": 1_000_000,
    "rate_events": 1_000_000,
    "rate_events_burst": 1_000_000,
}
