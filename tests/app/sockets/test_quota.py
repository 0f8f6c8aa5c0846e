"""Quota: how many links an address may hold, and how many may wait without having said who they are."""

import pytest

from app.sockets.quota import LinkQuota
from protocol.errors import RateLimited


def quota_of(*, per_address: int = 3, unidentified: int = 100) -> LinkQuota:
    return LinkQuota(per_address=per_address, unidentified=unidentified)


def enter(quota: LinkQuota, address: str, *links: str) -> None:
    for link in links:
        quota.enter(link, address)


def test_address_holds_as_many_links_as_it_may_and_no_more() -> None:
    quota = quota_of(per_address=3)
    enter(quota, "192.0.2.1", "a", "b", "c")

    with pytest.raises(RateLimited) as refusal:
        quota.enter("d", "192.0.2.1")

    assert (refusal.value.retry_after or 0) > 0
    assert quota.use() == {"192.0.2.1": 3}


def test_addresses_do_not_pay_for_each_other() -> None:
    quota = quota_of(per_address=1)
    enter(quota, "192.0.2.1", "a")

    enter(quota, "192.0.2.2", "b")

    assert quota.use() == {"192.0.2.1": 1, "192.0.2.2": 1}


def test_place_of_a_link_that_left_is_free() -> None:
    quota = quota_of(per_address=1)
    enter(quota, "192.0.2.1", "a")
    quota.leave("a")

    enter(quota, "192.0.2.1", "b")

    assert quota.address_of("a") is None
    assert quota.address_of("b") == "192.0.2.1"


def test_links_that_wait_to_say_who_they_are_are_bounded_whatever_their_address() -> None:
    quota = quota_of(unidentified=2)
    enter(quota, "192.0.2.1", "a")
    enter(quota, "192.0.2.2", "b")

    with pytest.raises(RateLimited):
        quota.enter("c", "192.0.2.3")

    assert "192.0.2.3" not in quota.use()


def test_link_that_said_who_it_is_makes_room_for_another() -> None:
    quota = quota_of(unidentified=1)
    enter(quota, "192.0.2.1", "a")
    quota.identify("a")

    enter(quota, "192.0.2.1", "b")

    assert quota.use() == {"192.0.2.1": 2}


def test_link_that_said_who_it_is_still_counts_for_its_address() -> None:
    quota = quota_of(per_address=1)
    enter(quota, "192.0.2.1", "a")
    quota.identify("a")

    with pytest.raises(RateLimited):
        quota.enter("b", "192.0.2.1")


def test_link_that_leaves_without_a_word_makes_room_for_another() -> None:
    quota = quota_of(unidentified=1)
    enter(quota, "192.0.2.1", "a")
    quota.leave("a")

    enter(quota, "192.0.2.1", "b")


def test_leaving_twice_frees_one_place() -> None:
    quota = quota_of(per_address=2)
    enter(quota, "192.0.2.1", "a", "b")
    quota.leave("a")
    quota.leave("a")
    quota.leave("never came")

    enter(quota, "192.0.2.1", "c")

    with pytest.raises(RateLimited):
        quota.enter("d", "192.0.2.1")


def test_nothing_is_kept_of_links_that_are_gone_or_were_refused() -> None:
    quota = quota_of(per_address=1)
    for n in range(50):
        enter(quota, f"192.0.2.{n}", f"link-{n}")
    with pytest.raises(RateLimited):
        quota.enter("more", "192.0.2.0")

    for n in range(50):
        quota.leave(f"link-{n}")

    assert quota.use() == {}
    assert vars(quota)["_links"] == vars(quota)["_address_of"] == {}
    assert vars(quota)["_unidentified"] == set()
