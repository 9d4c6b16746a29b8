"""The measures of runs as a table for a paper: LaTeX with the package booktabs."""

from __future__ import annotations

from collections.abc import Sequence

from dslite.training.metrics.measures import Measure

_SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}


def escape(text: str) -> str:
    """Text that LaTeX sets as it is."""
    return "".join(_SPECIAL.get(character, character) for character in text)


def measures_table(rows: Sequence[tuple[str, Sequence[Measure]]]) -> str:
    """A row per run and target, a column per measure with its 95 % interval below it."""
    kinds = list(dict.fromkeys(one.kind for _, measures in rows for one in measures))
    lines = [
        "% needs \\usepackage{booktabs}",
        f"\\begin{{tabular}}{{l{'r' * len(kinds)}}}",
        "\\toprule",
        " & ".join(["", *(escape(kind.title) for kind in kinds)]) + r" \\",
        "\\midrule",
    ]
    for name, measures in rows:
        for target in dict.fromkeys(one.target for one in measures):
            found = {one.kind: one for one in measures if one.target == target}
            figures = [_figure(found[kind]) if kind in found else "--" for kind in kinds]
            intervals = [_interval(found[kind]) if kind in found else "" for kind in kinds]
            lines.append(" & ".join([escape(f"{name} {target}".strip()), *figures]) + r" \\")
            if any(intervals):
                lines.append(" & ".join(["", *intervals]) + r" \\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def _figure(measure: Measure) -> str:
    figure = measure.text().replace("–", "--")
    return figure if measure.std is None else f"${figure} \\pm {measure.write(measure.std)}$"


def _interval(measure: Measure) -> str:
    if measure.interval is None:
        return ""
    low, high = (measure.write(edge).replace("-", "$-$") for edge in measure.interval)
    return f"{{\\footnotesize [{low}, {high}]}}"
