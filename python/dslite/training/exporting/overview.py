"""report.html of several exports: one table, and one picture of size and time against quality."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from dslite.plots.saving import plain, save
from dslite.training.exporting.candidate import Candidate
from dslite.training.exporting.choice import dominated, quality
from dslite.util.page import data_uri, write_page
from dslite.util.scratch import scratch_folder

HEADER = ("", "kB", "ms, 1 thread", "ms, 2 threads", "cold start ms", "memory MB")
KEPT, DOMINATED = "#2f6fb2", "#b8b8b8"


def rows(made: Sequence[Candidate]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The table of the exports: its header and a row for each."""
    kind = next((one.loss.kind.title for one in made if one.loss), "")
    header = (*HEADER, f"{kind} per chunk", "difference in points [95 %]", "")
    return header, [_row(one, made) for one in made]


def _row(one: Candidate, among: Sequence[Candidate]) -> tuple[str, ...]:
    costs = one.costs
    note = "not written" if not one.written else "refused, written by force" if one.refusal else ""
    if not note and dominated(one, among):
        note = "another is no worse in anything"
    measures = one.loss.rows()[1][2:] if one.loss else ("–", "–")
    return (
        one.output.stem,
        f"{costs.file_bytes / 1e3:.0f}",
        f"{costs.ms:.2f}",
        f"{costs.ms_2_threads:.2f}",
        f"{costs.cold_start_ms:.1f}",
        f"{costs.memory_bytes / 1e6:.1f}",
        *measures,
        note,
    )


def write_overview(path: Path, title: str, made: Sequence[Candidate], choice: str) -> None:
    """Write the page; ``choice`` is the sentence on which one to take, if any.

    Raises:
        Error: it cannot be written.
    """
    header, lines = rows(made)
    with scratch_folder() as folder:
        picture = folder / "exports.png"
        save(_figure(made), picture)
        image = data_uri(picture.read_bytes())
    write_page(
        path,
        "dslite.training.exporting",
        "overview.html.j2",
        title=title,
        header=header,
        rows=[
            (line, bool(one.refusal) or dominated(one, made)) for line, one in zip(lines, made, strict=True)
        ],
        refusals=[f"{one.output.stem}: {one.refusal}" for one in made if one.refusal],
        choice=choice,
        image=image,
    )


def _figure(made: Sequence[Candidate]) -> Figure:
    """Quality over size, and over the time of a chunk; the dominated in grey."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    measured = [one for one in made if one.loss]
    for axes, name in zip(panels, ("file, kB", "a chunk on 1 thread, ms"), strict=True):
        for one in measured:
            x = one.costs.file_bytes / 1e3 if name.startswith("file") else one.costs.ms
            scale = 100 if one.loss is not None and one.loss.kind.in_percent else 1
            color = DOMINATED if one.refusal or dominated(one, made) else KEPT
            axes.plot(x, scale * quality(one), "o", color=color)
            axes.annotate(
                plain(one.output.stem, 24),
                (x, scale * quality(one)),
                xytext=(5, 4),
                textcoords="offset points",
                fontsize=8,
                color=color,
            )
        axes.set_xscale("log")
        axes.set_xlabel(name)
        axes.margins(0.2)
        axes.grid(alpha=0.25)
    if measured and measured[0].loss:
        panels[0].set_ylabel(f"{measured[0].loss.kind.title} per chunk")
    return figure
