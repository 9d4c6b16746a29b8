"""One conversion of a run: made, measured against the run's own model, and written or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dslite import Error, Model
from dslite.training.bundle.card import table
from dslite.training.bundle.convert import QUANTIZATIONS
from dslite.training.bundle.publish import Draft
from dslite.training.exporting.costs import Costs, measure_costs
from dslite.training.exporting.loss import Loss, measure_loss
from dslite.training.exporting.source import Source
from dslite.training.job import Job
from dslite.training.metrics.evaluate import Evaluation, open_model
from dslite.util.atomic import check_writable
from dslite.util.progress import Progress
from dslite.util.scratch import scratch_folder

#: In points of UAR or CCC: what a conversion may cost, unless more is allowed.
MAX_LOSS = 1.0
#: Of backbones that take longer in int8 than in float32 (docs/models.md); all others go by int8.
NOT_IN_INTEGERS = ("mobilenet_v3_small",)


def default_precision(backbone: str) -> str:
    """The precision that is the fastest of the small ones, by measured figures."""
    return "float16" if backbone in NOT_IN_INTEGERS else "int8"


@dataclass(frozen=True)
class Candidate:
    """A conversion and what is known of it.

    ``refusal`` says why it is not to be used, "" where nothing speaks against it; ``written`` whether it was
    written, be it by force. ``evaluation`` and ``loss`` are None where no held-out file could be read.
    """

    output: Path
    quantize: str
    own: Costs
    costs: Costs
    evaluation: Evaluation | None
    loss: Loss | None
    refusal: str
    written: bool

    def to_json(self) -> dict[str, Any]:
        """What metrics.json holds of the conversion."""
        return {
            "quantize": self.quantize,
            "own_costs": self.own.to_json(),
            "costs": self.costs.to_json(),
            "loss": self.loss.to_json() if self.loss else None,
        }

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Costs and measures: a name, the run's own model, this one, and the difference where it has one."""
        costs = [
            (name, own, this, "")
            for (name, own), (_, this) in zip(self.own.texts(), self.costs.texts(), strict=True)
        ]
        return costs + (self.loss.rows() if self.loss else [])

    def section(self) -> str:
        """The card's section about the conversion."""
        header = ("", "the run's own model", f"this file, {self.quantize}", "difference")
        text = f"## Against the run's own model\n\n{table(header, self.rows())}\n\n"
        if self.loss is None:
            return text + "No held-out file could be read: what the conversion costs in answers is not known."
        return (
            f"{text}Both models answered for the same chunks of the test part. The interval of the "
            f"difference is a paired bootstrap's over files (95 %); {self.loss.agreement_text()}. Times and "
            "memory are of the machine that exported."
        )


@dataclass(frozen=True)
class Wish:
    """What is asked for: in which numbers, with what loss at most (points), and whether by force.

    ``explain``: with class maps; ``golden``: with the clip that other machines are verified by.
    """

    quantize: str
    max_loss: float = MAX_LOSS
    force: bool = False
    explain: bool = False
    golden: bool = True
    calibration: str = "minmax"
    command: str = "dslite export"

    def __post_init__(self) -> None:
        if self.quantize not in QUANTIZATIONS:
            raise ValueError(f"quantize: '{self.quantize}' given, expected one of {', '.join(QUANTIZATIONS)}")
        if not self.max_loss >= 0:
            raise ValueError(f"max_loss: {self.max_loss} given, expected 0 or more points")


def make(source: Source, output: Path, wish: Wish, progress: Progress) -> Candidate:
    """Convert, measure, and write ``output`` unless it is refused.

    Raises:
        Error: the network cannot be converted or does not run here, float32 does not answer as the trained
            network, or ``output`` cannot be written.
    """
    check_writable(output)
    progress.stage("exporting", 1)
    tflite = source.convert(wish.quantize, wish.explain, wish.calibration)
    progress.advance()
    job = Job(source.split, source.experiment, output, wish.command)
    with scratch_folder() as folder:
        draft = Draft(job, source.names, tflite, folder, wish.golden)
        native = open_model(draft.path)
        if wish.quantize == "float32":
            draft.check_parity(source.network, native)
        candidate = _sized(_judged(source, draft, native, wish, output), draft, native)
        if candidate.written:
            draft.write(_entries(draft, native, candidate))
    return candidate


def _judged(source: Source, draft: Draft, native: Model, wish: Wish, output: Path) -> Candidate:
    evaluation, loss, refusal = None, None, ""
    try:
        evaluation = source.evaluate(native)
        loss = measure_loss(source.evaluation.answers, evaluation.answers)
    except Error as error:
        refusal = f"{error}, so that the loss of {wish.quantize} cannot be known"
    if loss is not None and loss.points > wish.max_loss:
        refusal = f"{wish.quantize} loses {loss.describe()}; expected {wish.max_loss:g} at most"
    costs = measure_costs(draft.path)
    written = not refusal or wish.force
    return Candidate(output, wish.quantize, source.costs, costs, evaluation, loss, refusal, written)


def _sized(candidate: Candidate, draft: Draft, native: Model) -> Candidate:
    """With the bytes of the whole file, of which the card that says them is a part."""
    while (size := draft.size(_entries(draft, native, candidate))) != candidate.costs.file_bytes:
        candidate = replace(candidate, costs=replace(candidate.costs, file_bytes=size))
    return candidate


def _entries(draft: Draft, native: Model, candidate: Candidate) -> dict[str, bytes]:
    if candidate.evaluation is None:
        return draft.unmeasured(native, candidate.section())
    return draft.measures(
        native, candidate.evaluation, [candidate.section()], {"export": candidate.to_json()}
    )
