"""``dslite import``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite import Error
from dslite.cli.common.base import Command, say
from dslite.cli.common.options import EXISTING_FILE, EXISTING_FOLDER
from dslite.util.atomic import replacing


@click.command("import", cls=Command)
@click.argument("hp_config", type=EXISTING_FILE)
@click.argument("class_config", type=EXISTING_FILE, required=False)
@click.option(
    "--audio", type=EXISTING_FOLDER, help="The folder of the recordings, for the experiment's [data] table."
)
@click.option(
    "--labels", type=EXISTING_FILE, help="The label table (CSV), for the experiment's [data] table."
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The experiment to write (TOML).",
)
def import_(
    hp_config: Path, class_config: Path | None, audio: Path | None, labels: Path | None, output: Path
) -> None:
    """Make an experiment for `dslite train` of DeepSpectrumLite's HP_CONFIG and CLASS_CONFIG (JSON).

    A key with several values stays a list of them: a grid. What means something else here is said, on stderr
    and in the file. No code that a configuration names is run.

    \b
    Example:
      dslite import hp_config.json class_config.json --audio wav --labels labels.csv -o run.toml
    """
    from dslite.training.data.split import all_have_prefixes
    from dslite.training.data.table import named_in
    from dslite.training.deepspectrumlite.config import read_config, read_object
    from dslite.training.deepspectrumlite.convert import convert, to_toml

    config = read_config(hp_config)
    classes = read_object(class_config) if class_config is not None else None
    try:
        made = convert(config, classes)
    except ValueError as error:
        raise Error(f"{hp_config}: {error}") from error
    if labels is not None and not made.get("data", "by_prefix") and all_have_prefixes(named_in(labels)):
        made.put("data", "by_prefix", True)
        made.notes.append(f"{labels.name}: its files begin with train, devel or test, which are the parts")
    given = {"audio": audio, "labels": labels}
    title = f"Imported from DeepSpectrumLite's {hp_config.name}. What is different:"
    text = to_toml(made, title, {key: str(path) for key, path in given.items() if path is not None})
    with replacing(output) as file:
        file.write(text.encode())
    for note in made.notes:
        say(f"- {note}")
    say(f"wrote {output}")
