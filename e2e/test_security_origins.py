"""Origins and hosts: pages, names and sessions of others open nothing (S1, S2, S3, S12, S13)."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from e2e.canary import hits, new_canary
from e2e.paces import UNLIMITED
from e2e.rawhttp import WEBSOCKET, ask
from e2e.relay import Relay
from e2e.rest import Rest

EVIL = "https://evil.example"
PATHS = [
    "/",
    "/healthz",
    "/readyz",
    "/api/v1/ping",
    "/api/v1/rooms",
    "/login",
    "/dashboard",
    "/assets/login.js",
    "/socket.io/?EIO=4&transport=polling",
    "/_nicegui_ws/socket.io/?EIO=4&transport=polling",
]
SOCKETS = ["/socket.io/?EIO=4&transport=websocket", "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"]
FOREIGN = {
    "rebound host": {"Host": "evil.example"},
    "rebound host and origin": {"Host": "evil.example", "Origin": "http://evil.example"},
    "rebound host with a port": {"Host": "evil.example:80"},
    "a name like ours": {"Host": "localhost.evil.example"},
    "an address as part of a name": {"Host": "127.0.0.1.nip.io"},
    "userinfo before the host": {"Host": "127.0.0.1@evil.example"},
    "no host": {"Host": ""},
    "foreign origin": {"Origin": EVIL},
    "foreign origin with our host forwarded": {
        "Origin": "http://evil.example",
        "X-Forwarded-Host": "evil.example",
    },
    "another port of this machine": {"Origin": "http://127.0.0.1:1"},
    "our host as a prefix": {"Origin": "http://127.0.0.1.evil.example"},
    "no page at all": {"Origin": "null"},
    "a file": {"Origin": "file://"},
}
FORMS = {
    "application/x-www-form-urlencoded": b"agent_id=evil&token=x",
    "text/plain": b'{"agent_id":"evil","x":"="}',
    "multipart/form-data; boundary=b": (
        b'--b\r\nContent-Disposition: form-data; name="agent_id"\r\n\r\nevil\r\n--b--\r\n'
    ),
}
POSTS = ["/login", "/logout", "/api/v1/joins", "/api/v1/joins/collect", "/api/v1/messages", "/api/v1/rooms"]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return one relay for all who come from elsewhere: what is refused leaves nothing behind."""
    relay = Relay(tmp_path_factory.mktemp("origins"), **UNLIMITED).start()
    yield relay
    relay.stop()
    assert relay.faults() == []


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
async def test_what_comes_from_elsewhere_is_refused_on_every_path_and_socket(
    relay: Relay, headers: dict[str, str]
) -> None:
    authority = {"Authorization": f"Bearer {relay.token}"}

    told = {path: (await ask(relay.url, path, headers | authority)).status for path in PATHS}
    told |= {path: (await ask(relay.url, path, WEBSOCKET | headers)).status for path in SOCKETS}

    assert {path: status for path, status in told.items() if status != 403} == {}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Host": "localhost:80"}, {"Host": "[::1]:3000"}, {"X-Forwarded-Host": "evil.example"}],
    ids=["as it is", "by name", "by address", "with a header of a proxy that is none"],
)
async def test_what_comes_from_here_is_let_in_and_no_header_is_repeated_in_the_answer(
    relay: Relay, headers: dict[str, str]
) -> None:
    origin = {"Origin": f"http://{headers.get('Host', relay.url[7:])}"}

    pages = {path: (await ask(relay.url, path, headers | origin)).status for path in PATHS[:6]}
    socket = await ask(relay.url, SOCKETS[0], WEBSOCKET | headers | origin)
    agent = await ask(relay.url, SOCKETS[0], WEBSOCKET | headers)
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        page = await browser.get(
            "/login", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
        )

    assert list(pages.values()) == [200, 200, 200, 200, 401, 200]
    assert (socket.status, agent.status) == (101, 101), "agents send no origin"
    assert "evil" not in page.text


@pytest.mark.parametrize("kind", FORMS, ids=["form", "plain", "multipart"])
async def test_a_form_of_another_site_changes_nothing(relay: Relay, kind: str) -> None:
    cookie = {"Cookie": f"clawnet={(await signed_in(relay)).session}"}
    body, headers = FORMS[kind], cookie | {"Content-Type": kind}

    for path in POSTS:
        named = await ask(relay.url, path, headers | {"Origin": EVIL}, method="POST", body=body)
        unnamed = await ask(relay.url, path, headers | {"Origin": "null"}, method="POST", body=body)
        assert (named.status, unnamed.status) == (403, 403), path
    for path in ("/login", "/logout"):
        told = headers | {"Sec-Fetch-Site": "cross-site"}
        assert (await ask(relay.url, path, told, method="POST", body=body)).status == 403, path
    # Without an Origin it is no browser, and its cookie opens nothing in REST.
    assert (await ask(relay.url, "/api/v1/messages", headers, method="POST", body=body)).status == 401

    async with httpx.AsyncClient(base_url=relay.url, headers=cookie, trust_env=False) as browser:
        assert (await browser.get("/session")).json() == {"signed_in": True}
    async with Rest(relay.url, relay.token) as operator:
        assert (await operator.http.get("/api/v1/joins")).json()["items"] == []


async def test_reading_changes_nothing_so_a_link_or_image_of_another_site_cannot_either(relay: Relay) -> None:
    cookie = {"Cookie": f"clawnet={(await signed_in(relay)).session}"}

    for path in ("/logout", f"/login?token={relay.token}", "/api/v1/joins?agent_id=evil"):
        answer = await ask(relay.url, path, cookie)
        assert "set-cookie" not in answer.headers, path
    assert (await ask(relay.url, "/logout", cookie)).status in {404, 405}

    async with httpx.AsyncClient(base_url=relay.url, headers=cookie, trust_env=False) as browser:
        assert (await browser.get("/session")).json() == {"signed_in": True}


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(relay: Relay) -> None:
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        plain = await browser.post("/login", data={"token": relay.token})
        kept = await browser.post("/login", data={"token": relay.token, "keep": "on"})

    for answer in (plain, kept):
        cookie = answer.headers["set-cookie"]
        assert re.fullmatch(r"clawnet=[A-Za-z0-9_-]{43}", cookie.split(";")[0]), cookie
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)
    assert "max-age" not in plain.headers["set-cookie"].lower()
    assert f"max-age={30 * 24 * 3600}" in kept.headers["set-cookie"].lower()


async def test_a_session_begins_with_a_new_id_and_ends_the_one_before(relay: Relay) -> None:
    planted = "A" * 43
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        browser.cookies.set("clawnet", planted, domain="127.0.0.1")
        await browser.post("/login", data={"token": relay.token})
        first = browser.cookies["clawnet"]
        await browser.post("/login", data={"token": relay.token})
        second = browser.cookies["clawnet"]
        await browser.post("/logout")

    assert len({planted, first, second}) == 3
    for session in (planted, first, second):
        async with httpx.AsyncClient(
            base_url=relay.url, cookies={"clawnet": session}, trust_env=False
        ) as later:
            assert (await later.get("/session")).json() == {"signed_in": False}
            assert (await later.get("/dashboard")).status_code == 303


async def test_a_login_leads_nowhere_else(relay: Relay) -> None:
    targets = [
        EVIL,
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/x\r\nX: y",
        "\\\\evil",
    ]
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        for target in targets:
            answer = await browser.post("/login", data={"token": relay.token, "next": target})
            assert answer.headers["location"] == "/dashboard", target
            page = await browser.get("/login", params={"next": target})
            assert page.headers["location"] == "/dashboard", target


async def test_an_agents_token_opens_no_console(relay: Relay) -> None:
    async with Rest(relay.url, relay.token) as operator:
        token = await operator.enrol("no-operator")
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        answer = await browser.post("/login", data={"token": token})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@dataclass(frozen=True)
class Tab:
    """A page of the console as a browser holds it: its session, and how its socket is to be opened."""

    session: str
    client_id: str
    query: dict[str, str]


async def signed_in(relay: Relay, token: str | None = None) -> Tab:
    """Sign in and load the page, as a browser does before its scripts run."""
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        await browser.post("/login", data={"token": token or relay.token})
        page = (await browser.get("/dashboard")).text
        found = re.search(r"query: (\{.*?\})", page)
        assert found, page
        query = {key: str(value).lower() for key, value in ast.literal_eval(found[1]).items()}
        return Tab(
            browser.cookies["clawnet"], query["client_id"], query | {"tab_id": "t", "document_id": "d"}
        )


def console_socket(relay: Relay, tab: Tab, **changed: str | None) -> tuple[str, dict[str, str]]:
    """Return target and headers of the page's socket, with some of its query, cookie or origin changed."""
    query = tab.query | {"EIO": "4", "transport": "websocket"}
    query |= {key: value for key, value in changed.items() if key in query and value is not None}
    query = {key: value for key, value in query.items() if changed.get(key, "") is not None}
    headers = {
        "Cookie": f"clawnet={changed.get('session', tab.session)}",
        "Origin": changed.get("origin", relay.url),
    }
    return f"/_nicegui_ws/socket.io/?{urlencode(query)}", {k: v for k, v in headers.items() if v is not None}


async def test_the_consoles_socket_opens_for_its_own_page_origin_and_session_alone(relay: Relay) -> None:
    async with Rest(relay.url, relay.token) as operator:
        warden = await operator.enrol("wendy", "warden")
    mine, other = await signed_in(relay), await signed_in(relay, warden)

    async def status(**changed: str | None) -> int:
        target, headers = console_socket(relay, mine, **changed)
        return (await ask(relay.url, target, WEBSOCKET | headers)).status

    assert await status() == 101, "positive control"
    assert await status(origin=EVIL) == 403
    assert await status(origin=None) == 403
    assert await status(origin="null") == 403
    target, headers = console_socket(relay, mine)
    assert (await ask(relay.url, target, WEBSOCKET | {"Origin": headers["Origin"]})).status == 403, (
        "no cookie"
    )
    assert await status(session="guess") == 403
    assert await status(session=other.session) == 403, "somebody else's page"
    assert await status(client_id=other.client_id) == 403, "somebody else's page"
    assert await status(client_id=None) == 403, "a socket that names no page"
    polling = target.replace("websocket", "polling")
    assert (await ask(relay.url, polling, {"Origin": relay.url})).status == 401
    assert (await ask(relay.url, polling, headers | {"Origin": EVIL})).status == 403
    assert (await ask(relay.url, polling, headers | {"Cookie": f"clawnet={other.session}"})).status == 401
    assert (await ask(relay.url, polling, headers)).status == 200, "positive control"


async def test_a_socket_of_the_console_cannot_move_over_to_somebody_elses_page(relay: Relay) -> None:
    async with Rest(relay.url, relay.token) as operator:
        master, watcher = (
            await signed_in(relay),
            await signed_in(relay, await operator.enrol("wanda", "warden")),
        )
        target, headers = console_socket(relay, watcher)
        url = relay.url.replace("http://", "ws://") + target
        origin = Origin(headers.pop("Origin"))
        link = await connect(
            url, origin=origin, additional_headers=headers, compression=None, proxy=None, close_timeout=2
        )
        async with link:
            await link.send("40")
            await until(link, "40{")
            move = {"client_id": master.client_id, "tab_id": "t", "document_id": "d", "next_message_id": 0}
            await link.send("421" + orjson.dumps(["handshake", move]).decode())
            told = await until(link, "431")
            own = move | {"client_id": watcher.client_id}
            await link.send("422" + orjson.dumps(["handshake", own]).decode())
            twice = await until(link, "432")
        await operator.say("for masters and wardens alike")

    assert told[-1] == "431[false]"
    assert twice[-1] == "432[false]", "one page for one socket, once"
    assert hits([master.client_id], told + twice) == []


async def until(link: ClientConnection, begin: str) -> list[str]:
    """Return frames up to the first that begins so."""
    frames: list[str] = []
    while not frames or not frames[-1].startswith(begin):
        frames.append(str(await link.recv()))
    return frames


async def test_query_strings_tokens_cookies_and_bodies_never_reach_the_log(relay: Relay) -> None:
    word = new_canary()
    tab = await signed_in(relay)
    headers = {
        "Authorization": f"Bearer {word}",
        "Cookie": f"clawnet={word}",
        "User-Agent": word,
        "Referer": f"/{word}",
    }

    for path in (*PATHS, "/nothing", "/api/v1/messages"):
        mark = "&" if "?" in path else "?"
        for method in ("GET", "POST"):
            await ask(
                relay.url, f"{path}{mark}token={word}&sid={word}", headers, method=method, body=word.encode()
            )
    for path in SOCKETS:
        await ask(relay.url, f"{path}&token={word}&client_id={word}&sid={word}", WEBSOCKET | headers)
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        await browser.post("/login", data={"token": word, "next": f"/{word}"})
        await browser.get("/dashboard/r/" + word, headers={"Cookie": f"clawnet={tab.session}"})

    assert hits([word, tab.session, tab.client_id, relay.token], relay.log()) == []
    assert hits(["client_id", "transport=", "Bearer", "EIO"], relay.log()) == []
