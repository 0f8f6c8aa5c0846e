"""Signing in with a plain form: who may, where it leads, and what a guesser meets."""

import httpx
import pytest

from components.session import IDLE
from protocol.roles import Role
from tests.components.conftest import HOST
from tests.fakes import OPERATOR_TOKEN, FakeClock, Stage

HERE = {"Origin": f"http://{HOST}"}


async def sign_in(door: httpx.AsyncClient, token: str = OPERATOR_TOKEN, **fields: str) -> httpx.Response:
    return await door.post("/login", data={"token": token, **fields}, headers=HERE)


async def is_signed_in(door: httpx.AsyncClient) -> bool:
    return bool((await door.get("/session")).json()["signed_in"])


async def test_the_form_is_plain_html_without_a_session(door: httpx.AsyncClient) -> None:
    answer = await door.get("/login")

    assert answer.status_code == 200
    assert 'data-testid="login-form"' in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self';" in answer.headers["content-security-policy"]


async def test_a_good_token_opens_a_session_and_leads_on(door: httpx.AsyncClient) -> None:
    answer = await sign_in(door, next="/dashboard/r/alpha")

    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/r/alpha")
    assert await is_signed_in(door)


async def test_who_is_signed_in_is_led_on_at_once(door: httpx.AsyncClient) -> None:
    await sign_in(door)
    answer = await door.get("/login", params={"next": "/dashboard/fleet"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/fleet")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
async def test_a_login_never_leads_to_another_site(door: httpx.AsyncClient, target: str) -> None:
    assert (await sign_in(door, next=target)).headers["location"] == "/dashboard"


@pytest.mark.parametrize("token", ["", "wrong", "clw_x_y", "\u202e"])
async def test_a_wrong_token_is_told_so_and_nothing_more(door: httpx.AsyncClient, token: str) -> None:
    answer = await sign_in(door, token)

    assert answer.status_code == 401
    assert "This token is not valid." in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_token_is_never_written_back(door: httpx.AsyncClient) -> None:
    assert "a-secret-guess" not in (await sign_in(door, "a-secret-guess")).text


async def test_the_target_is_escaped_in_the_form(door: httpx.AsyncClient) -> None:
    answer = await door.get("/login", params={"next": '/"><script>x</script>'})

    assert "<script>x" not in answer.text


async def test_the_token_of_an_agent_does_not_open_the_console(door: httpx.AsyncClient, stage: Stage) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", role=Role.WORKER)
    answer = await sign_in(door, enrolment.text)

    assert answer.status_code == 403
    assert not await is_signed_in(door)


async def test_a_warden_may_watch(door: httpx.AsyncClient, stage: Stage) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", role=Role.WARDEN)

    assert (await sign_in(door, enrolment.text)).status_code == 303


async def test_the_sixth_guess_in_a_minute_has_to_wait(door: httpx.AsyncClient, clock: FakeClock) -> None:
    for _ in range(5):
        await sign_in(door, "wrong")
    refused = await sign_in(door)
    clock.advance(60)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert 'data-wait="60"' in refused.text
    assert (await sign_in(door)).status_code == 303


async def test_a_new_login_ends_the_session_before(door: httpx.AsyncClient) -> None:
    await sign_in(door)
    before = door.cookies["clawnet"]
    await sign_in(door)
    after = door.cookies["clawnet"]
    door.cookies.set("clawnet", before, domain=f"{HOST}")

    assert before != after
    door.cookies.clear()
    door.cookies.set("clawnet", before)
    assert not await is_signed_in(door)


async def test_signing_out_ends_the_session(door: httpx.AsyncClient) -> None:
    await sign_in(door)
    kept = door.cookies["clawnet"]
    answer = await door.post("/logout", headers=HERE)
    door.cookies.set("clawnet", kept)

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert not await is_signed_in(door)


async def test_who_comes_who_goes_and_who_is_refused_stands_in_the_trail(
    door: httpx.AsyncClient, stage: Stage
) -> None:
    await sign_in(door, "a-secret-guess")
    await sign_in(door)
    await door.post("/logout", headers=HERE)
    await door.post("/logout", headers=HERE)

    found = [each for each in await stage.records() if each.action in {"login", "logout"}]
    trail = sorted(found, key=lambda each: (each.action, each.actor))
    assert [(each.action, each.actor, each.result) for each in trail] == [
        ("login", "", "denied"),
        ("login", "operator", "ok"),
        ("logout", "operator", "ok"),
    ]
    assert "a-secret-guess" not in str(trail)


async def test_a_session_that_rested_is_no_session(door: httpx.AsyncClient, clock: FakeClock) -> None:
    await sign_in(door)
    clock.advance(IDLE)

    assert not await is_signed_in(door)


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_form_of_another_site_is_refused(
    door: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    await sign_in(door)
    answer = await door.post(path, data={"token": OPERATOR_TOKEN}, headers=headers)

    assert answer.status_code == 403
    assert await is_signed_in(door)


async def test_the_card_over_a_page_is_answered_without_html(door: httpx.AsyncClient) -> None:
    headers = {**HERE, "Accept": "application/json"}
    wrong = await door.post("/login", data={"token": "wrong"}, headers=headers)
    right = await door.post("/login", data={"token": OPERATOR_TOKEN}, headers=headers)

    assert wrong.json() == {"message": "This token is not valid.", "retry_after": 0}
    assert right.status_code == 204


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"token=" + b"x" * 9000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=1" for _ in range(20)), "application/x-www-form-urlencoded", 422),
        (b'{"token": "x"}', "application/json", 422),
        (b"token=x", "text/plain", 422),
    ],
)
async def test_what_is_no_small_form_is_refused(
    door: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await door.post("/login", content=content, headers={**HERE, "Content-Type": kind})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/assets/login.css", "text/css"),
        ("/assets/login.js", "text/javascript"),
        ("/assets/theme.css", "text/css"),
        ("/assets/favicon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
    ],
)
async def test_the_files_of_the_form_are_served(door: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await door.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/assets/login.html", "/assets/..%2Flogin.py", "/assets/console.css"])
async def test_no_other_file_is_served(door: httpx.AsyncClient, path: str) -> None:
    assert (await door.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("host", "warns"), [("127.0.0.1", False), ("localhost", False), ("relay.test", True)]
)
async def test_an_unencrypted_way_to_another_machine_is_named(
    door: httpx.AsyncClient, host: str, warns: bool
) -> None:
    text = (await door.get(f"http://{host}/login")).text

    assert ('<p class="note">' in text) is warns
