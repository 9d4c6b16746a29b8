"""``dslite weights``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite.cli.common.base import Command, say, write_line
from dslite.cli.common.options import NEW_FILE
from dslite.training.network.backbones import BACKBONES


@click.command(cls=Command)
@click.argument("backbone", type=click.Choice([name for name, row in BACKBONES.items() if row.downloads]))
@click.option("-o", "--output", type=NEW_FILE, required=True, help="The file to write, FILE.h5.")
def weights(backbone: str, output: Path) -> None:
    """Save a backbone's ImageNet weights for use without network: --weights FILE takes them.

    Keras downloads them, or has them in its cache (~/.keras). What is written is the published file; its
    address, SHA-256 and licence are printed. Whoever trained the weights gave the licence; ImageNet's
    photographs have conditions of their own.

    \b
    Example:
      dslite weights mobilenet_v2 -o mobilenet_v2.h5
    """
    from dslite.training.network.backbones import find
    from dslite.training.network.download import download_weights

    got = download_weights(find(backbone), output)
    write_line(f"{got.sha256}  {output}")
    say(f"from {got.url}")
    say(f"licence {got.licence} ({got.holder})")
