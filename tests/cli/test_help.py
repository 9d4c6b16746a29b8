"""What --help says: phrases that stand alone, every default, an example for every command."""

import re

import click
import pytest

from dslite.cli import main
from dslite.training.experiment import Experiment

COMMANDS = sorted(main.commands)


def wide(command: click.Command, name: str) -> click.Context:
    """A context in which no line is broken.

    click keeps the help option that it makes first: one with other names would end up in the man pages.
    """
    names = main.context_settings["help_option_names"]
    return click.Context(command, info_name=name, terminal_width=10_000, help_option_names=names)


def help_of(name: str) -> str:
    """The help of a command as wide as it gets, so that nothing in it is broken over lines."""
    context = wide(main.commands[name], f"dslite {name}")
    context.max_content_width = 10_000
    return main.commands[name].get_help(context)


def options(name: str) -> list[click.Option]:
    return [one for one in main.commands[name].params if isinstance(one, click.Option)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_by_a_phrase_that_stands_alone(name: str) -> None:
    for option in options(name):
        text = option.help or ""
        assert re.match(r"[A-Z][\w-]*:? ", text), (option.opts, text)
        assert not re.match(r"(Of|With|Without|For) ", text), (option.opts, text)
        assert re.search(r"\.(\s+\[default: [^\]]+\])?$", text), (option.opts, text)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_default_is_shown(name: str) -> None:
    context = wide(main.commands[name], name)
    for option in options(name):
        default = option.get_default(context)
        if option.is_flag or option.multiple or not isinstance(default, str | int | float):
            continue
        record = option.get_help_record(context)
        assert record is not None
        assert f"[default: {default}" in record[1], (option.opts, record[1])


def test_the_defaults_of_an_experiment_are_those_in_the_help() -> None:
    tables = Experiment().tables()
    settings = [one for one in options("train") if "__" in str(one.name)]
    assert len(settings) > 20
    for option in settings:
        table, _, key = str(option.name).partition("__")
        default = tables[table][key]
        if not isinstance(default, bool) and default != "":
            text = f"{default:g}" if default == 0 else str(default)
            if key in ("epochs", "fine_tune_epochs") and default == -1:
                steps = tables[table]["steps" if key == "epochs" else "fine_tune_steps"]
                text = f"those of {steps} steps"
            assert re.search(rf"\[default: {re.escape(text)}\b", option.help or ""), (key, option.help)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_sentence_begins_with_of(name: str) -> None:
    text = " ".join(help_of(name).split())
    assert not re.search(r"(^|[.:!?] )Of ", text)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_of_itself(name: str) -> None:
    assert re.search(rf"Example:\n\s+(.*\| )?dslite {name}\b", help_of(name))


def test_the_list_of_commands_holds_whole_sentences() -> None:
    context = wide(main, "dslite")
    context.max_content_width = 10_000
    lines = main.get_help(context).partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == COMMANDS
    for line in lines:
        assert line.endswith("."), line
        assert not line.endswith(".."), line
