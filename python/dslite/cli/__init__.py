"""The command line, ``dslite COMMAND``: a module per command."""

from __future__ import annotations

import click

import dslite
from dslite.cli.bench import bench
from dslite.cli.cache import cache
from dslite.cli.common.base import Group
from dslite.cli.compare import compare
from dslite.cli.demo import demo
from dslite.cli.embed import embed
from dslite.cli.evaluate import evaluate
from dslite.cli.explain import explain
from dslite.cli.export import export
from dslite.cli.figures import figures
from dslite.cli.import_ import import_
from dslite.cli.info import info
from dslite.cli.inspect import inspect
from dslite.cli.listen import listen
from dslite.cli.plot import plot
from dslite.cli.predict import predict
from dslite.cli.recipe import recipe
from dslite.cli.report import report
from dslite.cli.train import train
from dslite.cli.verify import verify
from dslite.cli.web import web
from dslite.cli.weights import weights


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(dslite.__version__, prog_name="dslite")
def main() -> None:
    """Turn sound into pictures and pictures into answers, the same on a workstation and a board.

    Try it without any data: dslite demo
    """


_TRAINING = (train, inspect, evaluate, export, report, compare, figures, embed, import_, weights, cache)
for _command in (*_TRAINING, predict, explain, listen, web, info, verify, bench, plot, recipe, demo):
    main.add_command(_command)
