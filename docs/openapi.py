"""Writes docs/openapi.yaml from the code: `python -m docs.openapi [--check]`."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from app.clock import SystemClock
from app.core import build_core
from app.doors import measuring_of, rest_services
from app.keeping import store_options
from app.main import VERSION
from app.rest.api import build_api
from app.settings import Settings
from storage.opening import open_store

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "openapi.yaml"
HEAD = "# Written by `python -m docs.openapi`; do not edit.\n"


class _Plain(yaml.SafeDumper):
    """YAML without anchors, and with text as people write it."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _text)


def described() -> dict[str, Any]:
    """Return the description that a relay serves at `/api/docs`."""
    settings, clock = Settings(_env_file=None), SystemClock()
    store = asyncio.run(open_store("memory", store_options(settings)))
    core = build_core(settings, store=store, clock=clock)
    services = rest_services(core, measuring_of(core, settings, clock, VERSION), clock)
    return build_api(services, VERSION).openapi()


def rendered() -> str:
    """Return the document as it should be."""
    return HEAD + yaml.dump(described(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


def main(arguments: list[str] | None = None) -> int:
    """Write the document, or with `--check` only tell whether it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the file differs")
    is_check = parser.parse_args(arguments).check
    new = rendered()
    if DOCUMENT.exists() and DOCUMENT.read_text() == new:
        return 0
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)} {'is out of date' if is_check else 'written'}\n")
    if not is_check:
        DOCUMENT.write_text(new)
    return int(is_check)


if __name__ == "__main__":
    sys.exit(main())
