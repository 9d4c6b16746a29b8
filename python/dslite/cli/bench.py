"""``dslite bench``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from dslite import Model, _dslite
from dslite.cli.common.base import Command, write_line
from dslite.cli.common.options import EXISTING_FILE, runtime_option, threads_option
from dslite.util.progress import results

#: What each stage of the core's report is, in the numbers of the design's spine.
MEANINGS = {
    "resample": "one hop of live sound → the model's rate (2)",
    "mel": "sound → mel bands (stages 4–7)",
    "tensor": "mel bands → tensor (8–11)",
    "network": "tensor → scores (12)",
    "answer": "sound → scores (4–12)",
    "stream": "one hop of live sound → scores (2–12)",
}


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How often each stage is timed.",
)
@click.option(
    "--rate",
    type=click.IntRange(_dslite.MIN_RATE_HZ, _dslite.MAX_RATE_HZ),
    default=48000,
    show_default=True,
    help="The sample rate of the live sound, in Hz.",
)
@click.option(
    "--ops",
    is_flag=True,
    help="Show also how much of an inference the operators of each kind take; LiteRT measures it, other "
    "libraries do not.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, as dslite-run does.")
@threads_option
@runtime_option
def bench(
    model: Path, repeats: int, rate: int, ops: bool, as_json: bool, threads: int, runtime: str | None
) -> None:
    """Time the stages of MODEL on this machine, and say how far from real time they are.

    \b
    Example:
      dslite bench esc10.tflite --threads 2
    """
    report = Model(model, threads=threads, runtime=runtime).bench(repeats, rate, ops)
    if as_json:
        write_line(json.dumps(report, ensure_ascii=False))
        return
    results().print(_table(report))
    if ops:
        results().print(_operators(report["operators"]))
    write_line(
        f"real-time factor {report['real_time_factor']:.4f} (answers every {report['hop_seconds']:g} s), "
        f"peak memory {report['peak_memory_bytes'] / 1e6:.1f} MB, {report['isa']}, {report['runtime']}"
    )


def _operators(times: list[dict[str, Any]]) -> Table:
    whole = sum(one["ms"] for one in times)
    table = Table()
    for name in ("operators", "count", "ms", "share"):
        table.add_column(name, justify="left" if name == "operators" else "right")
    for one in times:
        share = f"{100 * one['ms'] / whole:.0f} %" if whole else "–"
        table.add_row(Text(one["kind"]), str(one["count"]), f"{one['ms']:.3f}", share)
    return table


def _table(report: dict[str, Any]) -> Table:
    table = Table()
    table.add_column("stage")
    table.add_column("median ms", justify="right")
    table.add_column("p99 ms", justify="right")
    for stage, times in report["stages"].items():
        table.add_row(MEANINGS[stage], f"{times['median_ms']:.3f}", f"{times['p99_ms']:.3f}")
    return table
