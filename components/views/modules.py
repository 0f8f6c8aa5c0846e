"""The scripts that several elements share, offered to the browser as modules named `clawnet/...`."""

from pathlib import Path

from nicegui.dependencies import register_esm

FOLDER = Path(__file__).parent.parent / "static" / "console"


def offer_modules() -> None:
    """Make `import ... from "clawnet/x.js"` work; cached for good, so its address changes with the files."""
    newest = max(path.stat().st_mtime for path in FOLDER.glob("*.js"))
    register_esm("clawnet", FOLDER, max_time=newest)
