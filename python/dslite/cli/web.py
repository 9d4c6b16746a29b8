"""``dslite web``."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from dslite.cli.common.base import Command, say, write_line
from dslite.cli.common.options import EXISTING_FILE
from dslite.util.scratch import scratch_folder


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The folder to write the page to. One that an earlier call wrote is replaced.",
)
@click.option("--serve", is_flag=True, help="Serve the page on this machine alone, until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port that --serve listens on; 0 takes any free one.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page that --serve serves in the browser.")
@click.option("--title", help="Title of the page.  [default: the model file's name]")
def web(model: Path, output: Path | None, serve: bool, port: int, opens: bool, title: str | None) -> None:
    """Make a web page of MODEL that recognises sounds on the visitor's own device.

    The folder can be put on any static host (with https, which browsers want before they open the
    microphone). The page works offline after the first load, and sends no sound anywhere.

    \b
    Example:
      dslite web esc10.tflite -o site
      dslite web esc10.tflite --serve
    """
    if output is None and not serve:
        raise click.UsageError("nothing to do: name a folder by --output, or add --serve")
    if opens and not serve:
        raise click.UsageError("--open needs --serve")
    if output is not None:
        _write(model, output, title)
        if serve:
            _serve(output, port, opens)
        return
    with scratch_folder() as folder:
        _write(model, folder / "site", title, says=False)
        _serve(folder / "site", port, opens)


def _write(model: Path, output: Path, title: str | None, says: bool = True) -> None:
    from dslite.site import write_site

    size = write_site(model, output, title)
    if says:
        say(f"wrote {output} ({size / 1e6:.1f} MB)")


def _serve(folder: Path, port: int, opens: bool) -> None:
    from dslite.site import server

    with server(folder, port) as serving:
        address = f"http://localhost:{serving.server_port}/"
        write_line(address)
        say("serving on this machine alone; Ctrl-C ends it")
        if opens:
            webbrowser.open(address)
        serving.serve_forever()
