"""Writes docs/man/*.1 and docs/completion/*, installed with the wheel: ``python docs/manual.py``.

The man pages are what ``--help`` says, as roff (man(7)); the completions are click's own. A test says
where they are behind the commands that there are. (The library for this, click-man 0.6, cuts what a command
does after 45 characters and runs the lines of examples together.)
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from dslite.cli import main

DOCS = Path(__file__).resolve().parent
#: Where each shell looks for a completion, below share/, and what makes it.
COMPLETIONS = {"dslite": BashComplete, "_dslite": ZshComplete, "dslite.fish": FishComplete}
EXIT = ("0", "Done."), ("1", "The input or the machine is at fault."), ("2", "The command line is wrong.")


def pages() -> Iterator[tuple[str, str]]:
    """Name and text of every page: ``dslite.1``, then one for each command."""
    context = main.make_context("dslite", [], resilient_parsing=True)
    yield "dslite.1", page(main, context)
    for name, command in sorted(main.commands.items()):
        of_command = command.make_context(name, [], parent=context, resilient_parsing=True)
        yield f"dslite-{name}.1", page(command, of_command)


def page(command: click.Command, context: click.Context) -> str:
    """A page in roff."""
    title, text = context.command_path, inspect.cleandoc(command.help or "")
    name = escaped(title.replace(" ", "-"))
    usage = escaped(" ".join(command.collect_usage_pieces(context)))
    lines = [f'.TH "{title.upper().replace(" ", "-")}" 1', ".SH NAME"]
    lines += [f"{name} \\- {escaped(first_sentence(text))}", ".SH SYNOPSIS", f".B {escaped(title)}", usage]
    lines += [".SH DESCRIPTION", *description(text), ".SH OPTIONS"]
    lines += listed(filter(None, (one.get_help_record(context) for one in command.get_params(context))))
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        of_each = sorted(
            (f"dslite-{n}(1)", first_sentence(c.help or "")) for n, c in command.commands.items()
        )
        lines += listed(of_each)
    lines += [".SH EXIT STATUS", *listed(EXIT)]
    return "\n".join(lines) + "\n"


def description(text: str) -> Iterator[str]:
    r"""Paragraphs; those that begin with ``\b`` keep their lines."""
    for paragraph in filter(None, (one.strip("\n") for one in text.split("\n\n"))):
        if paragraph.startswith("\b"):
            yield from (".PP", ".nf", *map(escaped, paragraph.splitlines()[1:]), ".fi")
        else:
            yield from (".PP", escaped(" ".join(paragraph.split())))


def listed(records: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Terms with what they mean, those without a meaning left out."""
    for term, meaning in records:
        if meaning:
            yield from (".TP", f".B {escaped(term)}", escaped(" ".join(meaning.split())))


def first_sentence(text: str) -> str:
    """The first sentence, without its stop."""
    return re.split(r"(?<=\.)\s", " ".join(text.partition("\n\n")[0].split()))[0].rstrip(".")


def escaped(text: str) -> str:
    """Text that roff takes for text."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def completions() -> Iterator[tuple[str, str]]:
    """Name and text of each shell's completion."""
    for name, shell in COMPLETIONS.items():
        yield name, shell(main, {}, "dslite", "_DSLITE_COMPLETE").source() + "\n"


def files() -> dict[Path, str]:
    """All that is written, by place."""
    found = {DOCS / "man" / name: text for name, text in pages()}
    return found | {DOCS / "completion" / name: text for name, text in completions()}


def write() -> None:
    """Write all of it, and remove pages of commands that are gone."""
    wanted = files()
    for folder in {path.parent for path in wanted}:
        folder.mkdir(exist_ok=True)
        for old in set(folder.iterdir()) - set(wanted):
            old.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.stdout.write(f"wrote {len(files())} files\n")
