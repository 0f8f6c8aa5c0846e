"""What OpenClaw says of itself: said shortly, and without texts, tokens and paths."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.agent.reads import READS, count_in, jobs, sessions, summary

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
HEALTH = {
    "ok": True,
    "defaultAgentId": "main",
    "agents": [{"agentId": "main", "sessions": {"path": "/secret"}}],
    "channels": {"irc": {"running": True, "token": "secret"}},
    "plugins": {"errors": []},
}
STATUS = {
    "runtimeVersion": "2026.9.6",
    "tasks": {"active": 1, "failures": 2},
    "processMemory": {"rssBytes": 2**30},
}
AGENTS = {"agents": [{"id": "main", "workspace": "/secret", "model": {"primary": "fake/one"}}]}
SESSIONS = {
    "path": "/secret",
    "sessions": [{"key": "a:b", "updatedAt": 5, "totalTokens": 7, "lastText": "secret"}],
}
JOBS = {
    "jobs": [
        {
            "id": "j",
            "name": "tidy",
            "enabled": True,
            "schedule": {"kind": "cron", "expr": "0 3 * * *"},
            "payload": {"message": "secret"},
            "state": {"nextRunAtMs": 9, "lastStatus": "ok", "lastError": "secret"},
        }
    ]
}


def test_the_report_holds_what_is_named_and_no_more() -> None:
    told = [summary(HEALTH, STATUS, AGENTS), *sessions(SESSIONS), *jobs(JOBS)]

    assert told == [
        {
            "ok": True,
            "version": "2026.9.6",
            "default_agent": "main",
            "agents": ["main"],
            "channels": {"irc": "running"},
            "tasks_active": 1,
            "rss": 2**30,
        },
        {"key": "a:b", "updated_at": 5, "tokens": 7},
        {
            "id": "j",
            "name": "tidy",
            "enabled": True,
            "schedule": "0 3 * * *",
            "next_run": 9,
            "last_status": "ok",
        },
    ]


@pytest.mark.parametrize(
    ("name", "answer", "word"),
    [
        ("status", STATUS, "1 active, 2 failed"),
        ("health", HEALTH, "irc: running"),
        ("sessions", SESSIONS, "a:b"),
        ("cron", JOBS, "0 3 * * *"),
        ("agents", AGENTS, "main  fake/one"),
        ("agents", AGENTS["agents"], "main  fake/one"),
        ("models", {"models": [{"key": "fake/one"}]}, "fake/one"),
        ("models", {"models": []}, "no models"),
    ],
)
def test_an_answer_is_said_shortly(name: str, answer: Any, word: str) -> None:
    said = READS[name].say(answer)

    assert word in said
    assert "secret" not in said


@given(JSON)
def test_no_answer_of_a_later_version_makes_it_fail(answer: Any) -> None:
    for read in READS.values():
        read.say(answer)
    summary(answer, answer, answer)


@pytest.mark.parametrize(
    ("text", "count"), [("", 20), ("5", 5), ("0", 1), ("999", 100), ("9999", 20), ("x", 20), ("²", 20)]
)
def test_a_count_is_within_bounds(text: str, count: int) -> None:
    assert count_in(text) == count
