"""What all commands share: one line per error, exit codes, and -v."""

from __future__ import annotations

import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType
from typing import Any

import click

from dslite import AudioWarning, Error
from dslite.cli.common.quiet import third_party_silence
from dslite.cli.common.streams import drop_unwritable_messages, replace_closed_streams
from dslite.util.failures import Failure
from dslite.util.text import printable

#: Packages of the extra ``[train]``.
TRAIN_PACKAGES = (
    "tensorflow",
    "keras",
    "sklearn",
    "pandas",
    "matplotlib",
    "jinja2",
    "pyarrow",
    "tensorboard",
    "scipy",
)


class Command(click.Command):
    """A command that knows ``-v``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbose = click.Option(
            ["-v", "--verbose"], is_flag=True, expose_value=False, callback=_remember_verbose
        )
        verbose.help = "Show where in the program an error arose, and the log of the libraries it uses."
        self.params.append(verbose)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, by default without the noise of third-party libraries."""
        is_verbose = isinstance(ctx.obj, dict) and ctx.obj["verbose"]
        with nullcontext() if is_verbose else third_party_silence():
            return super().invoke(ctx)


class Terminated(KeyboardInterrupt):
    """SIGTERM has come: everything ends as by Ctrl-C, so that no temporary file is left."""


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def _audio_warnings() -> Iterator[None]:
    """Say each warning of a recording in a line, and at the end how many there were."""
    count = 0
    counting = threading.Lock()  # files are read by several threads

    def show_warning(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        nonlocal count
        if not issubclass(category, AudioWarning):
            previous(message, category, *rest, **more)
            return
        with counting:
            count += 1
            say(f"dslite: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", AudioWarning)
        previous, warnings.showwarning = warnings.showwarning, show_warning
        try:
            yield
        finally:
            if count:
                files = "1 recording was" if count == 1 else f"{count} recordings were"
                say(f"dslite: {files} read with a warning")


class Group(click.Group):
    """Turns what dslite raises into one line on stderr and exit code 1."""

    command_class = Command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program."""
        replace_closed_streams()
        try:
            return super().main(*args, **kwargs)
        except BrokenPipeError:
            raise
        except OSError as error:  # click writes help and version before any command runs
            say(f"dslite: {_one_line(error)}")
            sys.exit(1)
        finally:
            drop_unwritable_messages()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List every command with the first sentence of its help, whole."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, _first_sentence(command)) for name, command in commands if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        ctx.obj = {"verbose": False}
        try:
            with _ending_on_sigterm(), _audio_warnings():
                return super().invoke(ctx)
        except Terminated:
            ctx.exit(128 + signal.SIGTERM)
        except KeyboardInterrupt:
            say("dslite: interrupted")
            ctx.exit(128 + signal.SIGINT)
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except (Error, ValueError, OSError, ModuleNotFoundError) as error:
            say(traceback.format_exc() if ctx.obj["verbose"] else f"dslite: {_one_line(error)}")
            ctx.exit(1)


def _remember_verbose(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if isinstance(ctx.obj, dict):
        ctx.obj["verbose"] = value


def _one_line(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        if package not in TRAIN_PACKAGES:
            raise error
        return f"this command needs {package}; get it by pip install '.[train]' in dslite's folder"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def _first_sentence(command: click.Command) -> str:
    paragraph = " ".join((command.help or "").partition("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph)[0]


def write_line(text: str) -> None:
    """Write a line to stdout as it is.

    Raises:
        OSError: it cannot be written; the error names the stream.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None


def show(text: str) -> None:
    """Write text to stdout; it may hold what a file says."""
    write_line(printable(text, "\n\t"))


def say(message: str) -> None:
    """Write a message to stderr. One that cannot be written is lost, and nothing else with it."""
    with suppress(OSError):
        click.echo(printable(message, "\n\t"), err=True)


def finish(failures: Sequence[Failure], total: int, things: str = "files", note: str = "") -> None:
    """Report what could not be read, if anything, and end with the exit code that stands for it.

    ``note`` is said, too, and changes no exit code.
    """
    if note:
        say(f"dslite: {note}")
    for failure in failures:
        say(f"dslite: {failure.message}")
    if failures:
        say(f"dslite: {len(failures)} of {total} {things} left out")
        click.get_current_context().exit(1)
