"""Policy: which command lines never run, and which need approval."""

import pytest

from app.services.tasks.policy import MAX_RULE, Policy, Ruling
from tests.app.services.tasks.crew import a_task

POLICY = Policy(deny=["/do *rm -rf*", "/Wipe", "/do [all]"], risky=["/do *", "/deploy ?"])


@pytest.mark.parametrize(
    "line", ["/do rm -rf /", "/DO  please RM   -RF x", "/wipe", "/do a\nrm\t-rf b", "/do [all]"]
)
def test_denied_line_is_blocked_however_it_is_spelled(line: str) -> None:
    ruling = POLICY.rule_on(line)

    assert (ruling.blocked, ruling.needs_approval) == (True, False)
    assert ruling.rule


@pytest.mark.parametrize("line", ["/do restart the api", "/deploy 3", "/do a"])
def test_risky_line_needs_approval_and_says_by_which_rule(line: str) -> None:
    ruling = POLICY.rule_on(line)

    assert (ruling.blocked, ruling.needs_approval) == (False, True)
    assert ruling.rule in {"/do *", "/deploy ?"}


@pytest.mark.parametrize("line", ["/ping", "/wiped", "/deploy 33", "/ask /do x", "/doing x"])
def test_any_other_line_runs(line: str) -> None:
    assert POLICY.rule_on(line) == Ruling()


def test_without_rules_everything_runs() -> None:
    assert Policy().rule_on("/do rm -rf /") == Ruling()


def test_long_rule_fits_a_task() -> None:
    ruling = Policy(deny=["*" + "x" * 500 + "*"]).rule_on("/do " + "x" * 600)

    assert ruling.rule is not None
    assert len(ruling.rule) == MAX_RULE
    assert a_task("t1", rule=ruling.rule).rule == ruling.rule
