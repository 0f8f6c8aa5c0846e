"""Settings: read from the environment, checked, and never changed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import MIN_SECRET, Settings
from tests.fakes import settings_of

ENVIRONMENT = {
    "CLAWNET_HOST": ("host", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - not bound
    "CLAWNET_PORT": ("port", "4000", 4000),
    "CLAWNET_STORE": ("store", "memory", "memory"),
    "CLAWNET_DATA_DIR": ("data_dir", "elsewhere", Path("elsewhere")),
    "CLAWNET_LOG_LEVEL": ("log_level", "debug", "debug"),
    "CLAWNET_ALLOWED_ORIGINS": ("allowed_origins", '["https://a.example"]', ["https://a.example"]),
    "CLAWNET_KEEP_MESSAGES": ("keep_messages", "5", 5),
    "CLAWNET_KEEP_BYTES": ("keep_bytes", "2048", 2048),
    "CLAWNET_WINDOW": ("window", "8", 8),
    "CLAWNET_ACK_TIMEOUT": ("ack_timeout", "0.5", 0.5),
    "CLAWNET_SEND_BUFFER": ("send_buffer", "4096", 4096),
    "CLAWNET_HEARTBEAT": ("heartbeat", "3", 3.0),
    "CLAWNET_IDLE_AFTER": ("idle_after", "60", 60.0),
    "CLAWNET_RATE_CHAT": ("rate_chat", "1.5", 1.5),
    "CLAWNET_RATE_CHAT_BURST": ("rate_chat_burst", "2", 2),
    "CLAWNET_RATE_EVENTS": ("rate_events", "3", 3.0),
    "CLAWNET_RATE_EVENTS_BURST": ("rate_events_burst", "4", 4),
}


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_environment_sets_the_field_of_its_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    field, text, value = ENVIRONMENT[name]
    monkeypatch.setenv(name, text)

    assert getattr(settings_of(), field) == value


def test_field_is_described_for_the_table_of_settings() -> None:
    bare = [name for name, field in Settings.model_fields.items() if not field.description]

    assert bare == []


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAWNET_PORT", "")

    assert settings_of().port == 3000


def test_file_is_read_when_the_environment_is_silent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CLAWNET_PORT=4001\nCLAWNET_WINDOW=9\nOTHER=x\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAWNET_WINDOW", "10")

    settings = Settings()

    assert (settings.port, settings.window) == (4001, 10)


@pytest.mark.parametrize("name", ["master_token", "secret_key"])
@pytest.mark.parametrize("length", [1, MIN_SECRET - 1])
def test_weak_secret_is_refused_by_its_name_and_not_shown(name: str, length: int) -> None:
    weak = "hunter2hunter2x!"[:length]

    with pytest.raises(ValidationError, match=f"CLAWNET_{name.upper()} needs at least 16") as refusal:
        settings_of(**{name: weak})

    assert f"'{weak}'" not in str(refusal.value)


def test_operators_token_is_not_shared() -> None:
    with pytest.raises(ValidationError, match="not the same as the token"):
        settings_of(master_token="x" * MIN_SECRET, secret_key="x" * MIN_SECRET)


def test_there_is_no_shared_secret_unless_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAWNET_SECRET_KEY", raising=False)

    assert settings_of().secret_key is None


def test_token_of_sixteen_characters_is_taken_and_masked() -> None:
    settings = settings_of(master_token="x" * MIN_SECRET)

    assert settings.master_token is not None
    assert settings.master_token.get_secret_value() == "x" * MIN_SECRET
    assert "xxxx" not in repr(settings)


def test_there_is_no_default_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAWNET_MASTER_TOKEN", raising=False)

    assert settings_of().master_token is None


def test_relay_listens_to_this_machine_only_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAWNET_HOST", raising=False)

    assert settings_of().host == "127.0.0.1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1},
        {"port": 65536},
        {"window": 0},
        {"window": 4097},
        {"ack_timeout": 0},
        {"send_buffer": 1023},
        {"keep_messages": 0},
        {"keep_bytes": 1023},
        {"heartbeat": 0},
        {"rate_chat": 0},
        {"rate_chat_burst": 0},
        {"log_level": "loud"},
    ],
)
def test_value_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings_of(**wrong)


def test_settings_do_not_change() -> None:
    settings = settings_of()

    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]
