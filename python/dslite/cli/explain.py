"""``dslite explain``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click
import numpy as np

from dslite import Error, Model, read_audio
from dslite.cli.common.base import Command, finish, say, show
from dslite.cli.common.options import EXISTING_FILE, NEW_FILE, runtime_option
from dslite.explain.explanation import Explanation
from dslite.explain.faithfulness import deletion
from dslite.explain.methods import METHODS, check
from dslite.plots.views import View
from dslite.recordings import LeftOut, expand
from dslite.util.atomic import replacing
from dslite.util.failures import Failure
from dslite.util.parallel import processors
from dslite.util.progress import NoProgress, Progress, show_progress
from dslite.util.text import utf8

#: More pictures than these make no legible figure.
MOST_DRAWN = 12
#: A recording, and a chunk of it with why it was answered so.
Drawn = tuple[Path, tuple[View, int, Explanation]]
#: Maps of random numbers that a map's deletion curve is compared with.
RANDOM_MAPS = 10


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.argument("clips", metavar="CLIP...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    help="The file to draw or write, by its name: .png, .pdf, .svg, .html or .json.  [default: words alone]",
)
@click.option("--label", help="The class or value to explain.  [default: each chunk's answer; every value]")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    help="How to explain: cam by class activation maps, occlusion by what each patch is worth, shap by "
    "Shapley values.  [default: cam where the model has maps, else occlusion]",
)
@click.option(
    "--chunk", type=click.IntRange(min=0), help="Which chunk of each clip to explain, from 0.  [default: all]"
)
@click.option(
    "--deletion",
    "with_deletion",
    is_flag=True,
    help="Test each map: how fast the score falls when what speaks for the label is deleted first, against "
    f"{RANDOM_MAPS} random maps.",
)
@runtime_option
def explain(
    model: Path,
    clips: tuple[Path, ...],
    output: Path | None,
    label: str | None,
    method: str | None,
    chunk: int | None,
    with_deletion: bool,
    runtime: str | None,
) -> None:
    """Say and draw which parts of the recordings speak for MODEL's answers.

    \b
    Example:
      dslite explain esc10.tflite dog.wav -o why.png
      dslite explain esc10.tflite dog.wav --label rain --method occlusion
    """
    if output is not None:
        _check_suffix(output)
    opened = Model(model, runtime=runtime)
    check(opened, label, method)
    left_out = LeftOut()
    files = expand(clips, left_out)
    failures = left_out.failures
    total = len(files) + len(failures)
    explained: list[Drawn] = []
    with _progress_beside_words() as progress:
        progress.stage("explaining", len(files))
        for file in files:
            try:
                for one in _explain(opened, file, label, method, chunk):
                    show(_words(opened, file, one, with_deletion))
                    if output is not None:  # what is drawn holds the sound
                        explained.append((file, one))
            except Error as error:
                failures.append(Failure(file, str(error)))
            progress.advance()
    if output is not None and explained:
        _write(output, model, explained)
        say(f"wrote {output}")
    finish(failures, total, note=left_out.note())


def _progress_beside_words() -> AbstractContextManager[Progress]:
    """A bar where the words go elsewhere: on one terminal they show how far it is."""
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    return nullcontext(NoProgress()) if on_terminal else show_progress()


def _words(model: Model, file: Path, found: tuple[View, int, Explanation], with_deletion: bool) -> str:
    view, index, explanation = found
    words = f"{file}: {explanation.words(view.spans_s[index][0])}"
    return f"{words}\n{_deletion_words(model, *found)}" if with_deletion else words


def _check_suffix(output: Path) -> None:
    if output.suffix.lower() not in (".png", ".pdf", ".svg", ".html", ".json"):
        raise Error(
            f"{output}: '{output.suffix}' is no format for explanations; expected .png, .pdf, .svg, .html or "
            ".json"
        )


def _explain(
    model: Model, file: Path, label: str | None, method: str | None, chunk: int | None
) -> Iterator[tuple[View, int, Explanation]]:
    audio = model.recipe.audio
    view = View(file.name, model.front, read_audio(file, audio.sample_rate_hz, audio.channel))
    count = len(view.spans_s)
    if not count:
        raise Error(f"{file}: it holds no chunk")
    if chunk is not None and chunk >= count:
        raise Error(f"{file}: --chunk {chunk} given, but the recipe cuts {count} chunks of it")
    chunks = range(count) if chunk is None else [chunk]
    # Of classes the answer; of values none is the answer, as they are in units of their own.
    labels = model.labels if label is None and model.task == "values" else [label]
    workers = processors()
    for i in chunks:
        samples = model.front.chunk(view.samples, i)
        for one in labels:
            yield view, i, model.explain(samples, one, method, workers)


def _deletion_words(model: Model, view: View, chunk: int, explanation: Explanation) -> str:
    samples = model.front.chunk(view.samples, chunk)
    area = deletion(model, samples, explanation.label, explanation.relevance).area
    draw = np.random.default_rng(0)
    random = [
        deletion(model, samples, explanation.label, draw.random(explanation.relevance.shape)).area
        for _ in range(RANDOM_MAPS)
    ]
    return (
        f"  area under the deletion curve {area:.3f}, of random maps {np.mean(random):.3f} "
        f"({sum(area < one for one in random)} of {RANDOM_MAPS} are worse)"
    )


def _write(output: Path, model: Path, explained: Sequence[Drawn]) -> None:
    kind = output.suffix.lower()
    if kind == ".json":
        with replacing(output) as out:
            for file, (view, chunk, explanation) in explained:
                out.write(utf8(json.dumps(_as_json(file, view, chunk, explanation)) + "\n"))
        return
    title = f"Why {model.name} answers so"
    if kind == ".html":
        from dslite.plots.why_page import write_why_page

        write_why_page(output, title, explained)
        return
    from dslite.plots.why import save_explanations

    if len(explained) > MOST_DRAWN:
        say(
            f"dslite: {len(explained)} chunks, of which the first {MOST_DRAWN} are drawn; an .html shows "
            "all, --chunk one"
        )
    save_explanations(output, title, [one for _, one in explained[:MOST_DRAWN]])


def _as_json(file: Path, view: View, chunk: int, explanation: Explanation) -> dict[str, Any]:
    start_s, end_s = view.spans_s[chunk]
    return {"file": str(file), "start": start_s, "end": end_s, **explanation.as_dict()}
