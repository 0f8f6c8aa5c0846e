"""The machine, measured."""

from pathlib import Path

from cli.agent.host import Host

STAT = "cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n"


def test_shares_are_of_the_time_since_the_last_look(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    (tmp_path / "stat").write_text(STAT.format(busy=100, idle=100))
    host = Host(tmp_path, tmp_path)
    host.specs()
    (tmp_path / "stat").write_text(STAT.format(busy=130, idle=170))

    specs = host.specs()

    assert (specs["cpu_percent"], specs["ram_percent"], specs["ram_total"]) == (30.0, 75.0, 1_024_000)
    assert isinstance(specs["disk_free"], int)


def test_what_a_platform_does_not_tell_is_left_out(tmp_path: Path) -> None:
    specs = Host(tmp_path / "nowhere", tmp_path / "nowhere").specs()

    assert {"os", "python"} <= specs.keys()
    assert not {"cpu_percent", "ram_percent", "disk_free"} & specs.keys()
    assert None not in specs.values()
