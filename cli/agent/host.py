"""What can be said of the machine without a library: processor, memory, load, disk."""

import os
import platform
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def own_version() -> str:
    """Return the version of this program."""
    try:
        return version("clawnet")
    except PackageNotFoundError:
        return "unknown"


class Host:
    """Measures the machine; what a platform does not tell is left out."""

    def __init__(self, folder: Path, proc: Path = Path("/proc")) -> None:
        self._folder = folder
        self._proc = proc
        self._busy, self._total = 0, 0

    def specs(self) -> dict[str, object]:
        """Return system, load, shares in percent and free bytes; the processor's since the last call."""
        specs: dict[str, object] = {
            "os": f"{platform.system()} {platform.release()}",
            "arch": platform.machine(),
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "clock": datetime.now(UTC).isoformat(),  # noqa: TID251 - the relay compares it with its own
            "cpu_percent": self._cpu(),
            **self._memory(),
        }
        with suppress(OSError, AttributeError):
            specs["load1"] = round(os.getloadavg()[0], 2)
        with suppress(OSError):
            disk = shutil.disk_usage(self._folder)
            specs |= {"disk_percent": round(100 * disk.used / disk.total, 1), "disk_free": disk.free}
        return {name: value for name, value in specs.items() if value is not None}

    def _cpu(self) -> float | None:
        try:
            fields = (self._proc / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        except OSError:
            return None
        times = [int(field) for field in fields]
        total, busy = sum(times), sum(times) - times[3] - times[4]
        spent, worked = total - self._total, busy - self._busy
        self._busy, self._total = busy, total
        return round(100 * worked / spent, 1) if spent > 0 else None

    def _memory(self) -> dict[str, object]:
        try:
            lines = (self._proc / "meminfo").read_text(encoding="ascii").splitlines()
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
            total, free = sizes["MemTotal"], sizes["MemAvailable"]
        except (OSError, KeyError, IndexError, ValueError):
            return {}
        return {"ram_percent": round(100 * (total - free) / total, 1), "ram_total": total}
