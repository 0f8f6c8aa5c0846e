"""From `bench/results/chat.json` to the table and the picture in `docs/performance.md`.

python -m bench.report
"""

import json
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "chat.json"
PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
BAR, GAP, WIDTH, LABEL = 18, 34, 640, 210  # pixels

Row = dict[str, Any]


def main() -> None:
    """Write both anew."""
    rows: list[Row] = json.loads(RESULTS.read_text())
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{table(rows)}\n{END}{rest.split(END)[1]}")
    PICTURE.write_text(picture(rows))


def table(rows: list[Row]) -> str:
    """Return what was measured as Markdown, with ratios to the bare servers of the same scenario."""
    peers = ("python", "node", "ngircd")
    lines = [
        "| scenario | server | µs CPU a message | a delivery | messages/s | ack p50/p99 ms | "
        + " | ".join(f"to {peer}" for peer in peers)
        + " |",
        "|" + "---|" * (6 + len(peers)),
    ]
    for row in rows:
        beside = {each["target"]: each["cpu_us_per_message"] for each in rows if _same(each, row)}
        ratios = [
            f"{row['cpu_us_per_message'] / beside[peer]:.2f}" if beside.get(peer) else "-" for peer in peers
        ]
        cells = [
            row["scenario"],
            row["target"],
            row["cpu_us_per_message"],
            row["cpu_us_per_delivery"],
            f"{row['messages_per_second']:.0f}",
            f"{row['ack_p50_ms']}/{row['ack_p99_ms']}",
            *ratios,
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def picture(rows: list[Row]) -> str:
    """Return bars of CPU per message, each scenario to a scale of its own."""
    parts: list[str] = []
    top = 8
    for scenario in dict.fromkeys(row["scenario"] for row in rows):
        mine = [row for row in rows if row["scenario"] == scenario]
        most = max(row["cpu_us_per_message"] for row in mine) or 1
        parts.append(f'<text x="8" y="{top + 14}" font-weight="bold">{escape(scenario)}</text>')
        top += BAR + 6
        for row in mine:
            parts += _bar(row, top, most)
            top += BAR + 4
        top += GAP - BAR
    style = "font-family:sans-serif;font-size:13px;background:#fff"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + LABEL}" height="{top}" style="{style}" '
        'role="img" aria-label="CPU per message of each server">'
    )
    return head + "".join(parts) + "</svg>\n"


def _bar(row: Row, top: int, most: float) -> list[str]:
    length = row["cpu_us_per_message"] / most * (WIDTH - 100)
    colour = "#1f6feb" if row["target"].startswith("clawnet") else "#9aa4af"
    middle = top + BAR - 5
    return [
        f'<text x="16" y="{middle}">{escape(row["target"])}</text>',
        f'<rect x="{LABEL}" y="{top}" width="{length:.0f}" height="{BAR}" fill="{colour}"/>',
        f'<text x="{LABEL + length + 6:.0f}" y="{middle}">{row["cpu_us_per_message"]} µs</text>',
    ]


def _same(one: Row, other: Row) -> bool:
    return bool(one["scenario"] == other["scenario"])


if __name__ == "__main__":
    main()
