"""report.html: one page about a run that needs nothing beside it, no network either."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dslite.plots.agreement import CLASSES, save_confusion, save_scatter
from dslite.plots.curves import save_curves
from dslite.training.metrics.measures import read_measures
from dslite.training.metrics.predictions import Answers
from dslite.training.reports import sections
from dslite.training.reports.examples import Recordings, choose
from dslite.training.reports.maps import read_maps
from dslite.training.runs.choices import choices
from dslite.training.runs.cross_validation import CrossValidation
from dslite.training.runs.files import CONFIG, CONFUSION, CURVES, MISTAKES, RECIPE, REPORT, SCATTER
from dslite.training.runs.groups import Groups, groups_of, per_group
from dslite.training.runs.reader import Run
from dslite.training.task import task_of_predictions
from dslite.util.atomic import replacing
from dslite.util.page import data_uri, text_of, write_page

#: Sections that a run may not have.
OPTIONAL = ("folds", "groups", "confusion", "scatter", "curves")


def write_report(
    run: Run, recordings: Recordings | None = None, groups: Groups | None = None, audio: bool = False
) -> Path:
    """Draw curves.png and confusion.png (of values scatter.png), write report.html, return its path.

    Args:
        recordings: where the chunks are read from; by default where they were when trained.
        groups: of the files; by default those that the run was split by, if its table is still there.
        audio: put the sound of the chunks that are shown into the page.

    Raises:
        Error: predictions.csv is damaged, or a file cannot be written. A recording that is gone is
            no error: its example says so.
    """
    answers = run.answers()
    per_file = answers.per_file()
    recordings = recordings or Recordings(Path(run.facts["audio_dir"]), run.recipe)
    plots = _draw(run, per_file)
    context = dict.fromkeys(OPTIONAL) | _about(run) | _measured(run.metrics) | plots
    if per_file.task.exclusive:
        context["confusion"] = sections.confusion_cells(per_file.confusion(), CLASSES)
    if isinstance(run, CrossValidation):
        context["folds"] = _folds(run)
    context["choices"] = choices(_named_runs(run))
    groups = groups or groups_of(run)
    if groups is not None and (measured := per_group(per_file, groups)):
        context["groups"] = sections.group_table(groups.column, measured)
    maps = read_maps([one.path for one in run.entry.runs] if isinstance(run, CrossValidation) else [run.path])
    context["examples"] = _examples(run, sections.Illustrator(recordings, run.recipe, maps, audio))
    context["class_maps"] = sections.class_maps(maps)
    context["axes"] = sections.axes_of(run.recipe)
    context["files"] = sections.file_table(answers, run.recipe)
    path = run.path / REPORT
    script = text_of("dslite.training.reports", "report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    script_context = {"script": Markup(script), "script_hash": f"sha256-{digest}"}
    write_page(path, "dslite.training.reports", "report.html.j2", **context, **script_context)
    return path


def _draw(run: Run, answers: Answers) -> dict[str, str]:
    """Write the plots, and of classes the table of mistakes, into the run folder; two as data URIs."""
    shown = {}
    if run.history:
        save_curves(run.path / CURVES, run.history)
        shown["curves"] = data_uri((run.path / CURVES).read_bytes())
    if answers.task.exclusive:
        confusion = answers.confusion()
        save_confusion(run.path / CONFUSION, confusion)
        with replacing(run.path / MISTAKES) as file:
            confusion.table().to_csv(file, index=False, lineterminator="\n", errors="backslashreplace")
    else:
        save_scatter(run.path / SCATTER, answers.truth, answers.scores, answers.labels)
        shown["scatter"] = data_uri((run.path / SCATTER).read_bytes())
    return shown


def _about(run: Run) -> dict[str, Any]:
    facts = run.facts
    started = facts["started"].replace("T", " ").replace("+00:00", " UTC")
    notes = list(facts["warnings"])
    if count := len(facts["failures"]):
        notes.append(f"{count} {'recording was' if count == 1 else 'recordings were'} left out; see the end.")
    provenance = [("command", facts["command"]), ("audio", facts["audio_dir"]), ("started", facts["started"])]
    provenance += facts["versions"].items()
    if git := facts["git"]:
        provenance.append(("git commit", git["commit"] + (", with changes" if git["dirty"] else "")))
    about = [facts["backbone"], f"seed {facts['seed']}", started, _duration(facts["seconds"])]
    return {
        "name": run.name,
        "about": " · ".join(about),
        "notes": notes,
        "parts": sections.parts_table(run.parts()),
        "texts": ((CONFIG, run.config_text), (RECIPE, run.recipe_text)),
        "provenance": provenance,
        "failures": sections.failure_list(facts["failures"]),
    }


def _named_runs(run: Run) -> dict[str, Run]:
    """The runs that a report is of, by names below its folder."""
    if not isinstance(run, CrossValidation):
        return {run.name: run}
    return {str(one.path.relative_to(run.entry.name)): one for one in run.entry.runs}


def _folds(run: CrossValidation) -> dict[str, Any]:
    rows = []
    for name, fold in _named_runs(run).items():
        per_file = fold.metrics["per_file"]
        rows.append((name, per_file["count"], read_measures(per_file)))
    return sections.fold_table(rows, run.entry.measures)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        (one.title, unit, one.text(), one.interval_text(), metrics[section]["count"])
        for unit, section in (("file", "per_file"), ("chunk", "per_chunk"))
        for one in read_measures(metrics[section])
    ]
    return {
        "cards": list(map(sections.card, read_measures(metrics["per_file"]))),
        "explanation": sections.explanation(metrics["per_file"]),
        "measures": rows,
    }


def _examples(run: Run, illustrator: sections.Illustrator) -> list[dict[str, Any]]:
    predictions = run.predictions()
    titles = ("Furthest off", "Nearest")
    if task_of_predictions(predictions).exclusive:
        titles = ("Wrong answers, the surest first", "Right answers, the surest of each class")
    return [
        {"title": title, "kind": kind, "examples": list(map(illustrator.show, chosen))}
        for title, kind, chosen in zip(titles, ("wrong", "right"), choose(predictions), strict=True)
    ]
