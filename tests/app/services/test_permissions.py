"""Permissions: the table of operation, role and standing, against one that was written from the documents."""

from itertools import product
from typing import cast

import pytest

from app.actor import Actor, Via
from app.services.permissions import TABLE, Operation, Standing, check, is_allowed, standing_to
from protocol.errors import ClawNetError, Forbidden, NotFound
from protocol.roles import Role

# Written from PROTOCOL_v2, the console's role table and checklist S17 to S22; `.` is nobody.
# Of standings in rooms: o owner, m member, v visitor, x outsider. Else: a any, s self, z somebody else's.
EXPECTED = """
operation         master  warden  worker
chat.send         om      .       om
chat.read         omv     omvx    omv
chat.delete       sz      .       s
chat.type         om      .       om
room.list         a       a       a
room.see          omv     omvx    omv
room.create       a       .       a
room.join         omv     omv     omv
room.leave        omv     omv     omv
room.invite       om      .       om
room.kick         omv     .       o
room.update       omv     .       o
room.delete       omv     .       .
presence.list     a       a       a
presence.set      s       s       s
agent.list        a       a       a
agent.create      a       .       .
agent.admit       a       .       .
agent.disconnect  a       .       .
history.purge     a       .       .
relay.restart     a       .       .
view.save         a       a       .
handle.set        sz      s       s
role.set          sz      .       .
token.list        sz      s       s
token.create      sz      .       .
token.rotate      sz      s       s
token.revoke      sz      s       s
audit.read        a       a       .
limits.read       a       a       .
logs.read         a       a       .
settings.read     a       .       .
settings.set      a       .       .
metrics.read      a       a       .
persistence.read  a       a       .
persistence.set   a       a       .
store.backup      a       .       .
store.import      a       .       .
report            s       s       s
telemetry.read    sz      sz      s
task.list         a       a       a
task.dispatch     sz      .       sz
task.dispatch_risky sz    .       s
task.report       s       s       s
task.cancel       sz      .       s
task.approve      a       .       .
command.list      a       a       a
command.save      a       .       .
fleet.pause       a       .       .
loop.reset        a       .       .
"""
LETTERS = {
    "o": Standing.OWNER,
    "m": Standing.MEMBER,
    "v": Standing.VISITOR,
    "x": Standing.OUTSIDER,
    "a": Standing.ANY,
    "s": Standing.SELF,
    "z": Standing.OTHER,
}
_HEAD, *_LINES = (line.split() for line in EXPECTED.strip().splitlines())
ALLOWED = {
    (operation, role, LETTERS[letter])
    for operation, *cells in _LINES
    for role, cell in zip(_HEAD[1:], cells, strict=True)
    for letter in cell.strip(".")
}


def actor_of(role: Role) -> Actor:
    return Actor("ann", "ann", role, Via.SOCKET)


def outcome_of(operation: Operation, role: Role, standing: Standing) -> type[ClawNetError] | None:
    """Return the refusal that somebody meets, None when it passes."""
    try:
        check(actor_of(role), operation, standing)
    except ClawNetError as refusal:
        return type(refusal)
    return None


def test_every_operation_is_written_down_here_and_there() -> None:
    assert {operation for operation, *_ in _LINES} == set(Operation) == set(TABLE)


@pytest.mark.parametrize("operation", Operation)
def test_table_allows_what_is_written_and_denies_the_rest(operation: Operation) -> None:
    combinations = set(product([operation], Role, Standing))

    allowed = {each for each in combinations if is_allowed(each[1], each[0], each[2])}

    assert allowed == ALLOWED & combinations


@pytest.mark.parametrize("operation", Operation)
def test_what_is_denied_is_forbidden_and_to_an_outsider_does_not_exist(operation: Operation) -> None:
    combinations = set(product([operation], Role, Standing))
    hidden = {each for each in combinations - ALLOWED if each[2] is Standing.OUTSIDER}
    expected = (
        dict.fromkeys(combinations & ALLOWED)
        | dict.fromkeys(combinations - ALLOWED, Forbidden)
        | dict.fromkeys(hidden, NotFound)
    )

    assert {each: outcome_of(*each) for each in combinations} == expected


@pytest.mark.parametrize("role", Role)
def test_outsider_is_told_the_same_whatever_it_asked(role: Role) -> None:
    denied = [operation for operation in Operation if (operation, role, Standing.OUTSIDER) not in ALLOWED]

    answers = []
    for operation in denied:
        with pytest.raises(NotFound) as refusal:
            check(actor_of(role), operation, Standing.OUTSIDER)
        answers.append(refusal.value.body())

    assert answers == [NotFound("no such room", field="room").body()] * len(denied)


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("role", Role)
def test_operation_that_nobody_wrote_down_is_denied(role: Role, standing: Standing) -> None:
    unknown = cast("Operation", "server.burn")

    assert not is_allowed(role, unknown, standing)


def test_operation_without_a_standing_is_not_allowed_by_one_that_needs_it() -> None:
    with pytest.raises(Forbidden):
        check(actor_of(Role.MASTER), Operation.ROOM_DELETE)


@pytest.mark.parametrize("operation", [Operation.CHAT_SEND, Operation.ROOM_INVITE])
def test_visitor_learns_that_joining_would_help(operation: Operation) -> None:
    with pytest.raises(Forbidden, match="join the room first"):
        check(actor_of(Role.WORKER), operation, Standing.VISITOR)


def test_visitor_whom_joining_would_not_help_is_not_sent_to_join() -> None:
    with pytest.raises(Forbidden, match="not for you"):
        check(actor_of(Role.WARDEN), Operation.CHAT_SEND, Standing.VISITOR)


def test_own_things_are_ones_own_and_all_others_are_somebody_elses() -> None:
    assert standing_to(actor_of(Role.WORKER), "ann") is Standing.SELF
    assert standing_to(actor_of(Role.WORKER), "Ann") is Standing.OTHER
