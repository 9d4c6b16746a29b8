"""``dslite listen``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from dslite import Error, Model, Stream, _dslite
from dslite.cli.common.base import Command, say
from dslite.cli.common.options import EXISTING_FILE, runtime_option, threads_option
from dslite.explain.methods import check
from dslite.live.microphone import Microphone
from dslite.live.output import Lines, Output, Screen
from dslite.live.pcm import FORMATS, Block, raw_blocks
from dslite.live.stopping import Stopping


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.argument("stdin", metavar="[-]", required=False, type=click.Choice(["-"]))
@click.option(
    "--device", metavar="NAME|NUMBER", help="The microphone to record from.  [default: the system's]"
)
@click.option(
    "--rate",
    type=click.IntRange(_dslite.MIN_RATE_HZ, _dslite.MAX_RATE_HZ),
    help="The sample rate in Hz.  [default: the microphone's own; of PCM on stdin, the model's]",
)
@click.option(
    "--channels",
    type=click.IntRange(1, _dslite.MAX_CHANNELS),
    default=1,
    show_default=True,
    help="How many channels the sound has.",
)
@click.option(
    "--format",
    "sample_format",
    type=click.Choice(list(FORMATS)),
    help="The sample format of raw PCM on stdin.  [default: s16]",
)
@click.option(
    "--events", is_flag=True, help="Show events, as the recipe's table [decision] makes them of the answers."
)
@click.option(
    "--explain",
    is_flag=True,
    help="Say of each answer which parts of its chunk speak for it. The model must have class maps "
    "(dslite export RUN --explain).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, as dslite-run does.")
@threads_option
@runtime_option
def listen(
    model: Path,
    stdin: str | None,
    device: str | None,
    rate: int | None,
    channels: int,
    sample_format: str | None,
    events: bool,
    explain: bool,
    as_json: bool,
    threads: int,
    runtime: str | None,
) -> None:
    """Answer live: from the microphone, or from raw PCM on stdin (-), until Ctrl-C or its end.

    On a terminal it draws the level and the scores, with --events a line above them for each event;
    elsewhere it prints JSON lines, with --events of events instead of answers.

    \b
    Example:
      dslite listen esc10.tflite
      arecord -f S16_LE -r 16000 -t raw | dslite listen esc10.tflite - --json
    """
    if stdin is None and sample_format is not None:
        raise click.UsageError("--format is for raw PCM on stdin: expected - after the model")
    if stdin is not None and device is not None:
        raise click.UsageError("--device is for microphones, and - is stdin")
    if events and explain:
        raise click.UsageError("--explain is of answers, and --events shows events instead")
    opened = Model(model, threads=threads, runtime=runtime)
    if explain:
        check(opened, None, "cam")
    opened.stream(rate, channels)  # what cannot be streamed is an error before a microphone is opened
    with ExitStack() as stack:
        if stdin is None:
            microphone = _microphone(stack, device, rate, channels)
            stream, blocks = opened.stream(microphone.rate_hz, channels), microphone.blocks()
        else:
            stream = opened.stream(rate, channels)
            blocks = raw_blocks(sys.stdin.fileno(), sample_format or "s16", channels)
        output = Screen if sys.stdout.isatty() and not as_json else Lines
        name = stdin or device or "microphone"
        well = _run(stream, blocks, stack.enter_context(output(opened, name, events, explain)))
    if not well:
        click.get_current_context().exit(1)


def _microphone(stack: ExitStack, device: str | None, rate: int | None, channels: int) -> Microphone:
    """Open a microphone by its number or name; at the end it is closed, and what it lost is reported."""
    number = int(device) if device is not None and device.isdecimal() else device
    microphone = stack.enter_context(Microphone(number, rate, channels))
    stack.callback(_report_overruns, microphone)
    return microphone


def _run(stream: Stream, blocks: Iterator[Block], output: Output) -> bool:
    """Push block after block. When they end, however they do, the tail is answered all the same.

    Returns:
        Whether every chunk was answered.

    Raises:
        Error: the sound cannot be read, or ended before there was an answer.
    """
    with Stopping() as stopping:
        failures = 0
        try:
            for block in stopping.blocks(blocks):
                failures += _answer(stream, output, block)
                output.sound(block, stream)
        finally:
            failures += _answer(stream, output, None)
            output.finish()
        if output.answers == 0 and failures == 0 and not stopping.stopped:
            raise Error(f"stdin: {stream.frames} frames of sound are too short for an answer")
    return failures == 0


def _answer(stream: Stream, output: Output, block: Block | None) -> int:
    """Push a block, or finish. A network that fails on one chunk is reported; the next may do better."""
    try:
        output.take(stream.finish() if block is None else stream.push(block))
    except Error as error:
        say(f"dslite: {error}")
        return 1
    except ValueError as error:
        raise Error(f"after {stream.frames} frames: {error}") from None
    return 0


def _report_overruns(microphone: Microphone) -> None:
    if microphone.overruns:
        say(f"dslite: {microphone.overruns} overruns: sound was lost, the network is too slow for its hop")
