"""Behaviour of protocol.roles: the three roles and the groups that rules name."""

from protocol.roles import EVERYONE, MASTERS, MASTERS_AND_WARDENS, SPEAKERS, Role


def test_roles_are_those_of_the_contract_from_widest_to_narrowest() -> None:
    assert list(Role) == ["master", "warden", "worker"]


def test_every_group_holds_the_master() -> None:
    assert all(Role.MASTER in group for group in (EVERYONE, MASTERS, MASTERS_AND_WARDENS, SPEAKERS))


def test_groups_widen() -> None:
    assert MASTERS < MASTERS_AND_WARDENS < EVERYONE == SPEAKERS
