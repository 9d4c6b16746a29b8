"""``dslite verify``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite import Error, Model
from dslite._dslite import read_bundle
from dslite.cli.common.base import Command, write_line
from dslite.cli.common.options import EXISTING_FILE, runtime_option, threads_option


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@threads_option
@runtime_option
def verify(model: Path, threads: int, runtime: str | None) -> None:
    """Replay MODEL's golden clip here and compare every stage with what it was in training.

    Up to the tensor every bit must be the same; scores may differ by 0.0001. Exit code 1 when a stage
    diverges.

    \b
    Example:
      dslite verify esc10.tflite
    """
    read_bundle(str(model))  # finds a damaged network, which may crash the library that loads it
    checks = Model(model, threads=threads, runtime=runtime).verify()
    for check in checks:
        write_line(str(check))
    diverged = next((check for check in checks if not check.agrees), None)
    if diverged is not None:
        raise Error(f"{model}: '{diverged.stage}' is the first stage that diverges")
