"""The tables of ``dslite compare``, which fit 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from dslite.training.metrics.kinds import Kind
from dslite.training.metrics.tables import plain_table

if TYPE_CHECKING:
    from dslite.training.metrics.evaluate import Evaluation
    from dslite.training.metrics.measures import Measure
    from dslite.training.metrics.paired import Comparison
    from dslite.training.runs.compare import Entry

#: More settings than these are listed in one column.
SETTING_COLUMNS = 6
#: A line's name, and its measures.
Line = tuple[str, Sequence["Measure"]]


def measures_table(lines: Sequence[Entry], short: Mapping[str, str]) -> Table:
    """A row per run and target, each interval below its figure; the best figures are bold.

    Several folds or seeds have two rows: the mean over them, and the answers of all folds pooled.
    """
    named: list[Line] = []
    for line in lines:
        name = short[line.name]
        if line.is_several:
            named.append((f"{name}\n{line.what}' mean", line.measures))
            named.append((f"{name}\n{line.what} pooled", line.pooled))
        else:
            named.append((name, line.measures))
    return _table("Test part, per file", named)


def runs_table(runs: Mapping[str, Evaluation]) -> Table:
    """A row per run of an entry, that is per fold and seed."""
    from dslite.training.metrics.measures import read_measures

    measures = {name: read_measures(one.per_file.to_json()) for name, one in runs.items()}
    return _table("Test parts, per file", list(measures.items()), best=False)


def settings_table(lines: Sequence[Entry], names: Sequence[str], short: Mapping[str, str]) -> Table:
    """A row per run, a column per setting that is not the same in all; many share one column."""
    in_columns = len(names) <= SETTING_COLUMNS
    heads = [*map(_narrow, names)] if in_columns else ["settings"]
    table = plain_table("What differs", "run", *heads, left=1 + len(heads))
    for column in table.columns:
        column.no_wrap, column.overflow = False, "fold"
    for line in lines:
        values = [str(line.settings.get(name, "–")) for name in names]
        if not in_columns:
            values = ["\n".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))]
        table.add_row(*map(Text, (short[line.name], *values)))
    return table


def differences_table(
    first: str, against: Mapping[str, Comparison], short: Mapping[str, str], folds: bool
) -> Table:
    """A row per further run: its figures minus the first's, on the files that both answered."""
    from dslite.training.metrics.measures import difference_measures

    named: list[Line] = []
    for name, one in against.items():
        about = f"{one.files} files" + (f", p = {one.mcnemar.p:.3f}" if one.mcnemar else "")
        named.append((f"{short[name]}\n{about}", difference_measures(one)))
    pooled = ", folds pooled" if folds else ""
    table = _table(f"Minus {short[first]}, on the files of both{pooled}", named, "+", best=False)
    if any(one.mcnemar for one in against.values()):
        table.caption, table.caption_justify = "p: McNemar's exact test of the right answers", "left"
    return table


def _table(title: str, lines: Sequence[Line], sign: str = "", best: bool = True) -> Table:
    kinds = list(dict.fromkeys(one.kind for _, measures in lines for one in measures))
    unit = ", in %" if all(kind.in_percent for kind in kinds) else ""
    table = plain_table(f"{title}{unit}", "run", *(kind.name for kind in kinds))
    table.columns[0].no_wrap, table.columns[0].overflow = False, "fold"
    bold = _best(lines) if best and len(lines) > 1 else set()
    for name, target, measures in _by_target(lines):
        cells = [
            Text(measures[kind].stacked(sign), style="bold" if id(measures[kind]) in bold else "")
            if kind in measures
            else Text("–")
            for kind in kinds
        ]
        table.add_row(Text(f"{name}\n{target}".strip()), *cells)
    return table


def _by_target(lines: Sequence[Line]) -> Iterator[tuple[str, str, dict[Kind, Measure]]]:
    for name, measures in lines:
        for target in dict.fromkeys(one.target for one in measures):
            yield name, target, {one.kind: one for one in measures if one.target == target}


def _best(lines: Sequence[Line]) -> set[int]:
    """The ids of the best measures of each kind and target."""
    found: dict[tuple[Kind, str], list[Measure]] = {}
    for one in (one for _, measures in lines for one in measures):
        if one.value is not None:
            found.setdefault((one.kind, one.target), []).append(one)
    best = set()
    for (kind, _), measures in found.items():
        values = [one.value for one in measures if one.value is not None]
        top = max(values) if kind.higher_is_better else min(values)
        best |= {id(one) for one in measures if one.value == top}
    return best


def _narrow(name: str) -> str:
    """``training.epochs`` with ``epochs`` below ``training``: heads of columns stay narrow."""
    return name.replace(".", ".\n")
