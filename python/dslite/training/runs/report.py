"""report.html: one page about a run that needs nothing beside it, no network either."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.plots.agreement import CLASSES, save_confusion, save_scatter
from dslite.plots.curves import save_curves
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import RECALL
from dslite.training.metrics.measures import Measure, read_measures
from dslite.training.metrics.predictions import Answers
from dslite.training.runs.examples import Example, PictureOf, choose, pictures_from
from dslite.training.runs.files import CONFIG, CONFUSION, CURVES, MISTAKES, RECIPE, REPORT, SCATTER
from dslite.training.runs.reader import Run
from dslite.util.atomic import replacing

#: Failures that are listed one by one.
LISTED = 200
#: Nothing is loaded from anywhere, whatever a label may hold.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(run: Run, picture: PictureOf | None = None) -> Path:
    """Draw curves.png and confusion.png (of values scatter.png), write report.html, return its path.

    Args:
        picture: gives the picture of a chunk; by default the core draws it from the recording.

    Raises:
        Error: predictions.csv is damaged, or a file cannot be written. A recording that is gone is
            no error: its example says so.
    """
    predictions = run.predictions()
    picture = picture or pictures_from(Path(run.facts["audio_dir"]), run.recipe)
    answers = run.answers().per_file()
    plots = _draw(run, answers)
    body = [
        _header(run),
        _notes(run.facts),
        _headline(run.metrics),
        _agreement(answers, plots),
        _examples(predictions, picture),
        _learning(plots.get(CURVES)),
        _measures(run.metrics),
        _parts(run.facts["parts"]),
        _texts(run),
        _provenance(run.facts),
        _failures(run.facts["failures"]),
    ]
    style = (files("dslite.training.runs") / "report.css").read_text(encoding="utf-8")
    page = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(run.name)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, body))
        + "\n</body>\n</html>\n"
    )
    path = run.path / REPORT
    with replacing(path) as file:
        file.write(page.encode("utf-8", "backslashreplace"))
    return path


def _draw(run: Run, answers: Answers) -> dict[str, bytes]:
    """Write the plots, and of classes the table of mistakes, into the run folder; the PNG files by name."""
    plots: list[str] = []
    if run.history:
        save_curves(run.path / CURVES, run.history)
        plots.append(CURVES)
    if answers.task == "classes":
        confusion = answers.confusion()
        save_confusion(run.path / CONFUSION, confusion)
        with replacing(run.path / MISTAKES) as file:
            confusion.table().to_csv(file, index=False, lineterminator="\n", errors="backslashreplace")
        plots.append(CONFUSION)
    else:
        save_scatter(run.path / SCATTER, answers.truth, answers.scores, answers.labels)
        plots.append(SCATTER)
    return {name: (run.path / name).read_bytes() for name in plots}


def _header(run: Run) -> str:
    facts = run.facts
    started = facts["started"].replace("T", " ").replace("+00:00", " UTC")
    about = [facts["backbone"], f"seed {facts['seed']}", started, _duration(facts["seconds"])]
    return f"<h1>{escape(run.name)}</h1>\n<p class=faint>{escape(' · '.join(about))}</p>"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _notes(facts: Mapping[str, Any]) -> str:
    notes = list(facts["warnings"])
    if count := len(facts["failures"]):
        notes.append(f"{count} {'recording was' if count == 1 else 'recordings were'} left out; see the end.")
    return "\n".join(f"<p class=warn>{escape(note)}</p>" for note in notes)


def _headline(metrics: Mapping[str, Any]) -> str:
    measures = read_measures(metrics["per_file"])
    cards = "\n".join(map(_card, measures))
    text = f"Test part, {metrics['per_file']['count']} files; a file's answer is the mean of its chunks'."
    if any(measure.interval for measure in measures):
        text += " The ranges are 95 % intervals, by a bootstrap over the files."
    return f"<div class=measures>\n{cards}\n</div>\n<p class=faint>{text}</p>"


def _card(measure: Measure) -> str:
    bar = ""
    if measure.kind.in_percent and measure.interval and measure.value is not None:
        low, high = (100 * edge for edge in measure.interval)
        bar = (
            f'<div class=bar><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
            f'<b style="left:{100 * measure.value:.1f}%"></b></div>'
        )
    unit = "<span class=unit>%</span>" if measure.kind.in_percent else ""
    return (
        f"<div class=measure><div>{escape(measure.name)}</div>"
        f"<div class=value>{measure.text()}{unit}</div>"
        f"<div class=interval>{measure.interval_text()}</div>{bar}</div>"
    )


def _examples(predictions: pd.DataFrame, picture: PictureOf) -> str:
    wrong, right = choose(predictions)
    if "answer" in predictions:
        titles = "Wrong answers, the surest first", "Right answers, the surest of each class"
    else:
        titles = "Furthest off", "Nearest"
    parts = ["<h2>What the network saw</h2>"]
    for title, examples, kind in ((titles[0], wrong, "wrong"), (titles[1], right, "right")):
        figures = "\n".join(_figure(example, kind, picture) for example in examples)
        content = f"<div class=examples>\n{figures}\n</div>" if examples else "<p class=faint>None.</p>"
        parts.append(f"<h3>{title}</h3>\n{content}")
    return "\n".join(parts)


def _figure(example: Example, kind: str, picture: PictureOf) -> str:
    try:
        drawn = _image(_png(picture(example.file, example.start_s)), "the network's picture of the chunk")
    except Error as error:
        drawn = f"<div class=absent>{escape(str(error))}</div>"
    tone = "bad" if kind == "wrong" else "good"
    return (
        f"<figure class={kind}>{drawn}<figcaption><div class=file>{escape(example.file)}</div>"
        f"<div class=faint>{example.start_s:.2f} – {example.end_s:.2f} s</div>"
        f"<div>true: {escape(example.truth)}</div>"
        f"<div class={tone}>answer: {escape(example.answer)}</div></figcaption></figure>"
    )


def _png(picture: npt.NDArray[np.float32]) -> bytes:
    """A picture of the core as PNG; one without colours is drawn in matplotlib's."""
    from matplotlib.image import imsave

    pixels = picture[:, :, 0] if picture.shape[2] == 1 else np.rint(picture).clip(0, 255).astype(np.uint8)
    content = io.BytesIO()
    imsave(content, pixels, format="png")
    return content.getvalue()


def _image(png: bytes, text: str, css: str = "") -> str:
    kind = f" class={css}" if css else ""
    return f'<img{kind} alt="{escape(text)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _learning(curves: bytes | None) -> str:
    return f"<h2>Learning curves</h2>\n{_image(curves, 'learning curves', 'plot')}" if curves else ""


def _agreement(answers: Answers, plots: Mapping[str, bytes]) -> str:
    if SCATTER in plots:
        image = _image(plots[SCATTER], "true values against answers", "plot")
        return f"<h2>Truth and answer, per file</h2>\n{image}"
    confusion = answers.confusion()
    shown = confusion.reduced(CLASSES)
    others = len(confusion.labels) - len(shown.labels)
    note = f"<p class=faint>The whole matrix is in {MISTAKES}.</p>" if others else ""
    return f"<h2>Confusion, per file</h2>\n{_confusion(shown, others > 0)}{note}"


def _confusion(confusion: Confusion, others: bool) -> str:
    """The matrix as a table; where its last class stands for ``others``, that one has no recall."""
    rows = []
    labels, recalls = confusion.labels, confusion.recall()
    for true, (label, row) in enumerate(zip(labels, confusion.dense(), strict=True)):
        count = sum(row)
        cells = [f"<td>{escape(label)}</td>"]
        for value in row:
            share = value / max(count, 1)
            tone = "deep" if share > 0.5 else "" if value else "none"
            cells.append(f'<td class="cell {tone}" style="--share:{share:.3f}">{value}</td>')
        recall = "–" if others and true == len(labels) - 1 else RECALL.write(recalls[true])
        rows.append("<tr>" + "".join(cells) + f"<td>{recall}</td><td>{count}</td></tr>")
    names = "".join(f"<th class=label>{escape(label)}</th>" for label in labels)
    header = f"<th>true ↓ answer →</th>{names}<th>recall %</th><th>files</th>"
    return (
        f"<div class=scroll><table class=confusion><tr>{header}</tr>\n" + "\n".join(rows) + "</table></div>"
    )


def _measures(metrics: Mapping[str, Any]) -> str:
    rows = []
    for title, section in (("file", "per_file"), ("chunk", "per_chunk")):
        for measure in read_measures(metrics[section]):
            count = metrics[section]["count"]
            rows.append((measure.title, title, measure.text(), measure.interval_text(), count))
    return "<h2>All measures</h2>\n" + _table(
        ("measure", "per", "test part", "95 % interval", "answers"), rows
    )


def _parts(parts: Mapping[str, Mapping[str, int]]) -> str:
    labels = dict.fromkeys(label for counts in parts.values() for label in counts)
    rows = [(label, *(counts.get(label, 0) for counts in parts.values())) for label in labels if label]
    total = ("all", *(sum(counts.values()) for counts in parts.values()))
    return "<h2>Files</h2>\n" + _table(("label", *parts), rows, total)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]], total: Sequence[object] = ()) -> str:
    lines = ["<tr>" + "".join(f"<th>{escape(name)}</th>" for name in header) + "</tr>"]
    lines += ["<tr>" + _cells(row) + "</tr>" for row in rows]
    if total:
        lines.append("<tr class=total>" + _cells(total) + "</tr>")
    return "<div class=scroll><table>" + "\n".join(lines) + "</table></div>"


def _cells(row: Sequence[object]) -> str:
    return "".join(f"<td>{escape(str(cell))}</td>" for cell in row)


def _texts(run: Run) -> str:
    texts = ((CONFIG, run.config_text), (RECIPE, run.recipe_text))
    return "<h2>Configuration and recipe</h2>\n" + "\n".join(
        f"<details><summary>{name}</summary><pre>{escape(text)}</pre></details>" for name, text in texts
    )


def _provenance(facts: Mapping[str, Any]) -> str:
    rows = [("command", facts["command"]), ("audio", facts["audio_dir"]), ("started", facts["started"])]
    rows += [(name, version) for name, version in facts["versions"].items()]
    if git := facts["git"]:
        rows.append(("git commit", git["commit"] + (", with changes" if git["dirty"] else "")))
    lines = "\n".join(f"<p>{escape(name)}: <code>{escape(str(value))}</code></p>" for name, value in rows)
    return f"<h2>Where it comes from</h2>\n{lines}"


def _failures(failures: Sequence[Mapping[str, str]]) -> str:
    if not failures:
        return ""
    lines = "\n".join(f"<li>{escape(failure['message'])}</li>" for failure in failures[:LISTED])
    more = f"<li>and {len(failures) - LISTED} more</li>" if len(failures) > LISTED else ""
    return f"<h2>Recordings left out: {len(failures)}</h2>\n<ul>{lines}{more}</ul>"
