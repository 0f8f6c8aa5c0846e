"""The relay's settings: one frozen object, read once from the environment, `.env` and `clownet-cli serve`."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_SECRET = 16
_PATTERN = re.compile(r"[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,63}")


def applicant(rule: str) -> str:
    """Return a rule that names who asks to be let in: an id with `*` and `?`, or a network as CIDR.

    Raises:
        ValueError: it is neither.
    """
    try:
        return str(ip_network(rule))
    except ValueError:
        if "/" in rule or ":" in rule or not _PATTERN.fullmatch(rule):
            raise ValueError(f"{rule[:64]} is neither an agent's id nor a network") from None
        return rule


Applicants = list[Annotated[str, AfterValidator(applicant)]]


class Settings(BaseSettings):
    """What an operator can set; the environment name is the field's name with `CLAWNET_` before it."""

    model_config = SettingsConfigDict(
        env_prefix="CLAWNET_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # A refused token must not stand in the message that refuses it.
        hide_input_in_errors=True,
    )

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 3000
    store: Annotated[
        str, Field(description="Where all is kept: `memory`, `json:PATH`, `sqlite:PATH`, `postgresql://…`.")
    ] = "memory"
    master_token: Annotated[
        SecretStr | None,
        Field(description="Token of the operator, ≥ 16 characters; generated and printed once when unset."),
    ] = None
    secret_key: Annotated[
        SecretStr | None,
        Field(description="Secret that all v1 clients share, ≥ 16 characters; unset, they need own tokens."),
    ] = None
    data_dir: Annotated[Path, Field(description="Folder for what lasts; made with mode 0700.")] = Path("data")
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="Least severe level that is logged.")
    ] = "info"
    allowed_origins: Annotated[
        list[str],
        Field(description="Browser origins beside the relay's own that may open sockets (JSON list)."),
    ] = []
    allowed_hosts: Annotated[
        list[str],
        Field(description="Host names beside localhost under which the relay is reached (JSON list)."),
    ] = []
    trusted_proxies: Annotated[
        list[str],
        Field(description="Networks of proxies whose X-Forwarded-For counts, as CIDR (JSON list)."),
    ] = []
    max_connections_per_address: Annotated[
        int, Field(ge=1, description="Socket links that one address may hold.")
    ] = 256
    max_connections_per_agent: Annotated[
        int, Field(ge=1, description="Connections that one agent may hold.")
    ] = 8
    max_unidentified: Annotated[
        int, Field(ge=1, description="Socket links in all that have not said yet who they are.")
    ] = 100
    keep_messages: Annotated[
        int, Field(ge=1, description="Newest messages that the memory store keeps per room.")
    ] = 1000
    keep_bytes: Annotated[
        int, Field(ge=1024, description="Bytes of message bodies that the memory store keeps per room.")
    ] = 4 * 1024 * 1024
    keep_days: Annotated[
        float, Field(gt=0, description="Days for which messages are kept before they are pruned.")
    ] = 30.0
    window: Annotated[
        int, Field(ge=1, le=4096, description="Unacknowledged entries per room and connection.")
    ] = 256
    ack_timeout: Annotated[
        float, Field(gt=0, description="Seconds until an unacknowledged entry is sent again.")
    ] = 2.0
    send_buffer: Annotated[
        int, Field(ge=1024, description="Bytes that may wait for one slow connection before it is cut off.")
    ] = 1024 * 1024
    heartbeat: Annotated[float, Field(gt=0, description="Seconds between two transport pings.")] = 10.0
    transport: Annotated[
        Literal["direct", "plain"],
        Field(description="How sockets are served: `plain` leaves all to the libraries, at a higher price."),
    ] = "direct"
    idle_after: Annotated[
        float, Field(gt=0, description="Seconds without a word until an agent counts as idle.")
    ] = 300.0
    rate_chat: Annotated[float, Field(gt=0, description="Messages per second and agent.")] = 20.0
    rate_chat_burst: Annotated[int, Field(ge=1, description="Messages at once, per agent.")] = 60
    rate_rest: Annotated[
        str, Field(description="REST requests of one address, counted before authentication.")
    ] = "100/second"
    rate_events: Annotated[float, Field(gt=0, description="Other requests per second and agent.")] = 50.0
    rate_events_burst: Annotated[int, Field(ge=1, description="Other requests at once, per agent.")] = 200

    worker_risk: Annotated[
        int,
        Field(
            ge=-1, le=2, description="Highest risk of a command that workers may give to others; -1: none."
        ),
    ] = 0
    deny_commands: Annotated[
        list[str],
        Field(description="Command lines that never run, with `*` and `?` (JSON list)."),
    ] = []
    risky_commands: Annotated[
        list[str],
        Field(description="Command lines that a master must approve, with `*` and `?` (JSON list)."),
    ] = ["/do *"]
    task_queue_time: Annotated[
        float, Field(gt=0, description="Seconds that a task waits for its agent to come and take it.")
    ] = 3600.0
    task_take_time: Annotated[
        float, Field(gt=0, description="Seconds in which an agent that is online must take a task.")
    ] = 30.0
    task_lease_time: Annotated[
        float, Field(gt=0, description="Seconds without a word until a running task's lease has run out.")
    ] = 60.0
    task_grace_time: Annotated[
        float, Field(gt=0, description="Seconds beyond its timeout until a running task is given up.")
    ] = 30.0
    task_approval_time: Annotated[
        float, Field(gt=0, description="Seconds in which a risky task must be approved.")
    ] = 900.0
    loop_limit: Annotated[
        int,
        Field(ge=0, description="Answers among agents in a room until a person must speak; 0: no limit."),
    ] = 100
    allow_joins: Annotated[
        Applicants,
        Field(description="Who may ask to be let in: ids with `*`, networks; empty: everybody (JSON list)."),
    ] = []
    block_joins: Annotated[
        Applicants,
        Field(description="Who may not ask to be let in: ids with `*`, networks (JSON list)."),
    ] = []

    @model_validator(mode="after")
    def secrets_are_strong(self) -> Self:
        """Refuse secrets that can be guessed (checklist S9), and one that opens two doors."""
        master, shared = _plain(self.master_token), _plain(self.secret_key)
        if master is not None and len(master) < MIN_SECRET:
            raise ValueError(
                f"CLAWNET_MASTER_TOKEN needs at least {MIN_SECRET} characters; unset it to have one made"
            )
        if shared is not None and len(shared) < MIN_SECRET:
            raise ValueError(
                f"CLAWNET_SECRET_KEY needs at least {MIN_SECRET} characters; unset it to turn it off"
            )
        if shared is not None and shared == master:
            raise ValueError("CLAWNET_SECRET_KEY is known to every v1 client: not the same as the token")
        return self


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
