"""``dslite embed``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dslite import Error
from dslite.cli.common.base import Command, finish, say, write_line
from dslite.cli.common.data_options import data_of, load_noted
from dslite.cli.common.options import (
    EXISTING_FILE,
    NEW_FILE,
    file_column_option,
    label_column_option,
    recipe_option,
)
from dslite.recordings import LeftOut, Paths, expand_names
from dslite.training.network.backbones import BACKBONES
from dslite.util.failures import Failure
from dslite.util.progress import show_progress
from dslite.util.recipe_file import read_recipe

if TYPE_CHECKING:
    from dslite.training.features.cluster import Settings
    from dslite.training.features.embed import Row
    from dslite.training.features.files import Columns

    #: Recordings, a list for those that cannot be read, and a function for progress → rows.
    RowsOf = Callable[[Paths, list[Failure], Callable[..., None]], Iterator[Row]]


@click.command(cls=Command)
@click.argument("paths", metavar="FILE|DIR...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--labels", type=EXISTING_FILE, help="A label table (CSV), which adds each file's label as a column."
)
@file_column_option
@label_column_option
@click.option(
    "--backbone",
    type=click.Choice(list(BACKBONES)),
    default="mobilenet_v2",
    show_default=True,
    metavar="NAME",
    help=f"The network whose activations are the features: {', '.join(BACKBONES)}.",
)
@click.option(
    "--weights",
    default="imagenet",
    show_default=True,
    metavar="imagenet|none|FILE",
    help="The weights of the backbone: Keras's download, random ones, or a file.",
)
@click.option("--layer", metavar="NAME", help="The layer whose activations to take.  [default: the last]")
@click.option("--list-layers", is_flag=True, help="Print the layers there are, and do nothing else.")
@recipe_option
@click.option(
    "--per",
    type=click.Choice(["window", "file"]),
    default="window",
    show_default=True,
    help="A row for each of the recipe's chunks, or their mean over the file.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    help="How many chunks go through the network at a time.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS|N|slurm",
    help="Compute on a Dask cluster, or on N processes of this machine; all must find the same files.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The seed of the random weights of --weights none."
)
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    help="The file to write: .csv, .arff, .npz or .parquet.",
)
def embed(
    paths: tuple[Path, ...],
    labels: Path | None,
    file_column: str | None,
    label_column: str | None,
    backbone: str,
    weights: str,
    layer: str | None,
    list_layers: bool,
    recipe: str | None,
    per: str,
    batch_size: int,
    cluster: str | None,
    seed: int,
    output: Path | None,
) -> None:
    """Write a backbone's activations for recordings as features.

    A layer of (height, width, channels) is averaged over the picture: one feature a channel. With
    --labels the files are those of the table, below the one DIR given.

    \b
    Example:
      dslite embed recordings/ --weights mobilenet_v2.weights.h5 --per file -o features.parquet
    """
    if list_layers:
        _print_layers(backbone, recipe)
        return
    if output is None or not paths:
        raise click.UsageError("expected recordings, and -o FILE for the features (or --list-layers)")
    if labels is not None and (len(paths) != 1 or not paths[0].is_dir()):
        raise click.UsageError("--labels needs one folder, which its files are below")
    from dslite.training.features.cluster import Settings

    settings = Settings(backbone, weights, layer, read_recipe(recipe), seed, batch_size)
    source = Source(paths, labels, file_column, label_column)
    _embed(source, settings, cluster, per == "window", output)


@dataclass(frozen=True)
class Source:
    """The recordings that are asked for, and the table of their labels, if there is one."""

    paths: tuple[Path, ...]
    labels: Path | None
    file_column: str | None
    label_column: str | None


def _embed(source: Source, settings: Settings, cluster: str | None, times: bool, output: Path) -> None:
    """Write the features, a row per window (``times``) or per file."""
    from dslite.training.features.files import Columns, check_output

    check_output(output)
    left_out = LeftOut()
    files, names, classes = _recordings(source, left_out)
    failures = left_out.failures
    total = len(files) + len(failures)
    with _embedding(settings, cluster) as (features, rows_of):
        columns = Columns(names, features, times, classes)
        with show_progress() as bars:
            bars.stage("embedding", len(files))
            rows = _write(rows_of(files, failures, bars.advance), columns, output, failures)
    say(f"wrote {output} ({rows} rows of {len(features)} features)")
    finish(failures, total, note=left_out.note())


@contextmanager
def _embedding(settings: Settings, cluster: str | None) -> Iterator[tuple[list[str], RowsOf]]:
    """The features' names, and what makes rows of recordings: this process or a cluster."""
    if cluster is None:
        from dslite.training.features.embed import Embedder, embed

        embedder = Embedder(
            settings.backbone, settings.weights, settings.layer, settings.recipe, settings.seed
        )
        yield (
            embedder.names,
            lambda files, bad, advance: embed(embedder, files, bad, advance, settings.batch_size),
        )
        return
    from dslite.training.cluster.run_all import client_of
    from dslite.training.features.cluster import embed_on_cluster, feature_names

    with client_of(cluster) as client:
        yield (
            feature_names(client, settings),
            lambda files, bad, advance: embed_on_cluster(client, settings, files, bad, advance),
        )


def _recordings(source: Source, left_out: LeftOut) -> tuple[Paths, list[str], list[str] | None]:
    """The recordings, their names in the file of features and, where there is a table, their labels."""
    if source.labels is None:
        names = expand_names(source.paths, left_out)
        return Paths(Path(), names), names, None
    names_of = ("labels", "file_column", "label_column")
    dataset = load_noted(data_of(source.paths[0], {name: getattr(source, name) for name in names_of}))
    return dataset.paths, dataset.files, dataset.labels


def _write(rows: Iterator[Row], columns: Columns, output: Path, failures: list[Failure]) -> int:
    """Write the rows, or their means over each file, and return their number."""
    from dslite.training.features.embed import per_file
    from dslite.training.features.files import writing

    count = 0
    with writing(output, columns) as writer:
        for row in rows if columns.times else per_file(rows):
            writer.add(row.file, row.start_s, row.end_s, row.features)
            count += 1
        if not count:
            raise Error(f"no recording could be read: {failures[0].message}; {output} is not written")
    return count


def _print_layers(backbone: str, recipe: str | None) -> None:
    from dslite.training.features.embed import build_network, layers
    from dslite.training.network import backbones

    row = backbones.find(backbone)
    network = build_network(row, backbones.fit_recipe(read_recipe(recipe), row), "none", 0)
    for name, shape in layers(network).items():
        write_line(f"{name}\t{' × '.join(map(str, shape))}")
