"""What the views beside the chat are given: plain data, without what opens a door."""

from datetime import UTC, datetime

from pydantic import SecretStr

from app.services.limits import BudgetUse
from app.services.runtime_settings import SettingView
from components.pictures import keys, needs, records, rules
from components.session import Session
from components.state import ConsoleState
from components.trail import Found, Verdict
from components.unread import Unread
from protocol.admissions import Application, ApplicationState
from protocol.audit import AuditEntry, AuditRecord, Break, seal
from protocol.events import Budget
from protocol.rooms import Room
from protocol.tokens import TokenInfo, TokenState
from tests.components.test_pictures import an_agent
from tests.components.test_unread import a_message
from tests.fakes import a_room, settings_of


def a_token(
    token_id: str,
    *,
    agent: str = "ann",
    state: TokenState = TokenState.VALID,
    created: str = "2026-01-01",
    expires: str | None = None,
) -> TokenInfo:
    return TokenInfo(id=token_id, agent_id=agent, state=state, created_at=created, expires_at=expires)


def a_state(*rooms: Room) -> ConsoleState:
    return ConsoleState.snapshot(
        "operator", lambda _: True, rooms=rooms, agents=[an_agent("operator"), an_agent("ann")], presence=[]
    )


def a_record(**changes: object) -> AuditRecord:
    entry = AuditEntry(ts="2026-01-01T00:00:00.000Z", actor="ann", via="rest", action="handle.change")
    return seal(entry.model_copy(update=changes), seq=7, prev="0" * 64)


def test_tokens_that_open_the_door_come_first_then_the_newest() -> None:
    rows = keys.tokens(
        [
            a_token("old"),
            a_token("gone", state=TokenState.REVOKED, created="2026-03-01"),
            a_token("new", created="2026-02-01"),
        ],
        own="old",
    )

    assert [(row["id"], row["own"]) for row in rows] == [("new", False), ("old", True), ("gone", False)]


def test_an_agent_stands_as_well_as_its_best_token() -> None:
    infos = [
        a_token("a", expires="2026-02-01"),
        a_token("b", expires="2026-03-01"),
        a_token("c", agent="bob", state=TokenState.EXPIRED),
        a_token("d", agent="cat", state=TokenState.REVOKED),
        a_token("e", agent="cat"),
        a_token("f", agent="cat", expires="2026-02-01"),
    ]

    assert keys.by_agent(infos) == {
        "ann": {"state": "valid", "expires": "2026-03-01"},
        "bob": {"state": "expired", "expires": None},
        "cat": {"state": "valid", "expires": None},
    }


def test_a_session_is_drawn_without_its_id() -> None:
    opened = Session("secret", "t1", kept=False, opened=0.0, used=600.0, name="abcd", address="10.0.0.8")

    drawn = keys.session(opened, now=3_600.0, own=True)

    assert (drawn["age"], drawn["rest"], drawn["address"]) == (60, 50, "10.0.0.8")
    assert "secret" not in str(drawn)


def test_a_record_shows_what_changed_and_hides_nothing() -> None:
    drawn = records.record(
        a_record(detail={"before": "a\u202eb", "after": None}, target="\x1b[31mx"), a_state()
    )

    assert drawn["change"] == ["a⟨U+202E⟩b", ""]
    assert (drawn["target"], drawn["actor"]) == ("x", "ann")
    assert AuditRecord.model_validate_json(drawn["json"]).seq == 7


def test_a_record_without_before_and_after_shows_its_detail() -> None:
    drawn = records.record(a_record(detail={"size": 5, "ok": True}), a_state())

    assert (drawn["change"], drawn["detail"]) == (None, {"size": "5", "ok": "True"})


def test_a_page_and_a_verdict_say_how_far_they_go() -> None:
    page = records.page(Found([a_record()], searched=7, more=True), a_state())
    verdict = records.verdict(Verdict(9, "ff", 1, Break(seq=4, why="changed")))

    assert (len(page["records"]), page["searched"], page["more"]) == (1, 7, True)
    assert (verdict["ok"], verdict["broken"], verdict["why"]) == (False, 4, "changed")
    assert records.verdict(Verdict(9, "ff", 1, None))["ok"]


def test_settings_are_shown_without_secrets() -> None:
    given = settings_of(
        master_token=SecretStr("a-very-secret-token"), store="postgresql://ann:hunter2@db/x?password=hunter2"
    )
    shown = {row["name"]: row for row in rules.settings(given)}

    assert shown["CLAWNET_MASTER_TOKEN"]["value"] == "set, never shown"
    assert shown["CLAWNET_STORE"]["value"] == "postgresql://ann:***@db/x"
    assert (shown["CLAWNET_STORE"]["given"], shown["CLAWNET_PORT"]["given"]) == (True, False)
    assert (shown["CLAWNET_KEEP_BYTES"]["value"], shown["CLAWNET_KEEP_DAYS"]["value"]) == ("4,194,304", "30")
    assert shown["CLAWNET_ALLOWED_HOSTS"]["value"] == "relay"
    assert "hunter2" not in str(shown)


def test_some_settings_come_in_the_order_asked_for() -> None:
    shown = rules.settings(settings_of(), ("port", "host"))

    assert [row["name"] for row in shown] == ["CLAWNET_PORT", "CLAWNET_HOST"]


def test_every_budget_has_a_word() -> None:
    uses = [BudgetUse("ann", budget, 1.9, 5, 0.5) for budget in Budget]

    drawn = rules.use(uses, a_state())

    assert all(row["budget"] and row["left"] == 1 and row["who"] == "ann" for row in drawn)


def test_agents_at_the_door_need_somebody_before_mentions_do() -> None:
    dm = Room.model_validate(a_room("dm:ann:operator").model_dump() | {"kind": "dm"})
    state, unread = a_state(a_room("red"), dm), Unread("operator", "operator")
    call = {"kind": "text", "text": "@operator look"}
    unread.add([a_message(1, room="red", payload=call), a_message(2, room="red", payload=call)])
    unread.add([a_message(1, room="dm:ann:operator", payload=call)])
    asked = Application(
        id="a1", agent_id="scout", address="10.0.0.9", asked_at="2026", state=ApplicationState.PENDING
    )

    drawn = needs.needs(state, unread, [asked])

    assert [(row["kind"], row["text"], row["count"]) for row in drawn] == [
        ("Agents waiting", "scout", 1),
        ("Mentions", "@ann", 1),
        ("Mentions", "#red", 2),
    ]
    assert [row["path"] for row in drawn] == [
        "/dashboard/fleet",
        "/dashboard/dm/ann",
        "/dashboard/r/red",
    ]
    assert needs.needs(a_state(), unread, []) == []


def test_a_token_that_runs_out_within_a_week_needs_somebody() -> None:
    standing = keys.by_agent(
        [
            a_token("a", expires="2026-01-07T00:00:00.000Z"),
            a_token("b", agent="bob", expires="2026-01-09T00:00:00.000Z"),
            a_token("c", agent="cat", state=TokenState.EXPIRED, expires="2026-01-01T00:00:00.000Z"),
            a_token("d", agent="dan"),
        ]
    )
    expiring = needs.soon(standing, datetime(2026, 1, 1, tzinfo=UTC))
    (row,) = needs.needs(a_state(), Unread("operator", "operator"), [], expiring)

    assert expiring == {"ann": "2026-01-07T00:00:00.000Z"}
    assert (row["kind"], row["text"], row["path"]) == (
        "Expiring tokens",
        "@ann",
        "/dashboard/fleet/ann?tab=token",
    )


def test_every_agent_is_listed_with_its_tokens_also_without_any() -> None:
    used = a_token("a", expires="2026-02-01").model_copy(
        update={"last_used_at": "2026-01-05", "last_address": "10.0.0.8"}
    )
    rows = keys.holders([a_token("old"), used], a_state(), own="old")

    assert [(row["handle"], row["key"]["state"], len(row["rows"])) for row in rows] == [
        ("ann", "valid", 2),
        ("operator", "none", 0),
    ]
    assert (rows[0]["used"], rows[0]["address"], rows[1]["used"]) == ("2026-01-05", "10.0.0.8", None)


def test_what_may_be_changed_is_marked_where_it_was() -> None:
    view = SettingView("loop_limit", "CLAWNET_LOOP_LIMIT", 7, "", changeable=True, changed=True)
    rows = {row["name"]: row for row in rules.form(settings_of(), [view])}

    assert (rows["loop_limit"]["changed"], rows["keep_days"]["changed"]) == (True, False)
    assert rows["risky_commands"]["value"] == ["/do *"]
    assert "(JSON list)" not in rows["deny_commands"]["about"]
