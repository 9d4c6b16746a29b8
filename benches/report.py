"""The table as text, Markdown or JSON, and where it was measured."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .races import Row

PACKAGES = (
    "dslite", "numpy", "scipy", "torch", "tensorflow-cpu", "ai-edge-litert", "librosa", "matplotlib",
    "pillow", "pyFFTW", "mkl-fft", "kaldi-native-fbank",
)  # fmt: skip


def processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].split(":")[1].strip() if names else platform.machine()


def versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine(isa: str) -> dict[str, str]:
    return {
        "date": datetime.date.today().isoformat(),
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "load before": f"{os.getloadavg()[0]:.1f} (other programs; 0 on an idle machine)",
        "isa": isa,
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }


def _us(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _verdict(row: Row, isa: str) -> str:
    if not row.theirs_us:
        return row.note
    return "yes" if row.ratio(isa) >= row.at_least else "NO"


def cells(row: Row, isas: list[str], isa: str) -> list[str]:
    """Opponent, its time, ours, the ratio, the one wanted, whether it is reached, the ratio per ISA."""
    if not row.theirs_us:
        return [row.opponent, "", _us(row.ours_us[isa]), "", f"{row.at_least:g}", row.note, *[""] * len(isas)]
    ratios = [f"{row.ratio(each):.2f}" for each in isas]
    times = [_us(row.theirs_us[isa]), _us(row.ours_us[isa])]
    return [row.opponent, *times, f"{row.ratio(isa):.2f}", f"{row.at_least:g}", _verdict(row, isa), *ratios]


def _heads(isas: list[str]) -> list[str]:
    return ["opponent", "its µs", "dslite µs", "ratio", "at least", "reached", *isas]


def blocks(rows: list[Row]) -> dict[str, list[Row]]:
    """{"A: title": its rows}."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(f"{row.work}: {row.title}", []).append(row)
    return found


def text(rows: list[Row], isas: list[str], isa: str) -> str:
    table = {title: [cells(row, isas, isa) for row in block] for title, block in blocks(rows).items()}
    every = [_heads(isas), *(line for block in table.values() for line in block)]
    widths = [max(len(line[i]) for line in every) for i in range(len(every[0]))]

    def line(of: list[str]) -> str:
        first, *others = zip(of, widths, strict=True)
        return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()

    out = [line(_heads(isas))]
    for title, block in table.items():
        out += ["", title, *map(line, block)]
    return "\n".join(out)


def markdown(rows: list[Row], isas: list[str], isa: str) -> str:
    heads = _heads(isas)
    out = [f"| {' | '.join(['work', *heads])} |", f"|---|---|{'---:|' * (len(heads) - 1)}"]
    for title, block in blocks(rows).items():
        for i, row in enumerate(block):
            out.append(f"| {' | '.join([title if i == 0 else '', *cells(row, isas, isa)])} |")
    return "\n".join(out).replace("| NO |", "| **no** |")
