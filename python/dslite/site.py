"""A model as a web page: the folder that any static host serves, and a server for this machine."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dslite import Error
from dslite._dslite import read_bundle

#: What tells a folder that this module wrote from all others.
MARK = "site.json"
#: The page's own, for what a page's tag cannot rule: its workers.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def assets() -> Path:
    """The folder with the page's files, which the package ``dslite-web`` carries.

    Raises:
        Error: it is not installed, or was installed without them.
    """
    found = importlib.util.find_spec("dslite_web")
    folder = Path(found.origin).parent / "site" if found and found.origin else None
    if folder is None or not (folder / "dslite" / "worker.js").is_file():
        raise Error(
            "the page's files are not installed: in dslite's folder, with Emscripten and Node, run "
            "'npm --prefix web install && npm --prefix web run build && pip install ./web'"
        )
    return folder


def write_site(model: Path, output: Path, name: str | None = None) -> int:
    """Write the page of a model to a folder, whole or not at all; return its size in bytes.

    Args:
        model: a model file.
        output: a folder that is not there, is empty, or was written by this function before.
        name: title of the page; by default the model file's name.

    Raises:
        Error: the model is damaged, the page's files are not installed, or the folder holds other things or
            cannot be written.
    """
    read_bundle(str(model))
    source = assets()
    _check_replaceable(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".dslite-site.", dir=output.parent))
        try:
            size = _fill(work / "site", source, model, name or model.stem)
            _replace(output, work)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise Error(f"{output}: cannot be written: {error.strerror or error}") from error
    return size


def _check_replaceable(output: Path) -> None:
    if output.is_symlink() or (output.exists() and not output.is_dir()):
        raise Error(f"{output}: is no folder, expected one to write the page to, or none")
    if output.is_dir() and any(output.iterdir()) and not (output / MARK).is_file():
        raise Error(f"{output}: holds other files, expected an empty folder, a page written before, or none")


def _fill(site: Path, source: Path, model: Path, name: str) -> int:
    site.mkdir()
    # Not by copytree, which gathers errors: a full disk would be said for every file.
    for path in sorted(source.rglob("*")):
        target = site / path.relative_to(source)
        target.mkdir() if path.is_dir() else shutil.copyfile(path, target)
    shutil.copyfile(model, site / "model.tflite")
    manifest = json.loads((site / "manifest.webmanifest").read_text(encoding="utf-8"))
    manifest |= {"name": name, "short_name": name[:12]}
    (site / "manifest.webmanifest").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    files = sorted(path for path in site.rglob("*") if path.is_file())
    names = [path.relative_to(site).as_posix() for path in files]
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape"))
    for path, written in zip(files, names, strict=True):
        digest.update(written.encode() + b"\0" + path.read_bytes())
    about = {"name": name, "version": digest.hexdigest()[:16], "files": names}
    (site / MARK).write_text(json.dumps(about, indent=1), encoding="utf-8")
    return sum(path.stat().st_size for path in files)


def _replace(output: Path, work: Path) -> None:
    if output.exists():
        output.rename(work / "before")
    try:
        (work / "site").rename(output)
    except OSError:
        if (work / "before").exists():
            (work / "before").rename(output)
        raise


class _Handler(SimpleHTTPRequestHandler):
    """Static files with the types that browsers insist on, and no word of each request."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 (as in the base class)
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
        ".tflite": "application/octet-stream",
    }

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def server(site: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a written page on this machine's loopback address, listening but not yet serving.

    Raises:
        Error: the port is taken or not allowed.
    """
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=os.fspath(site)))
    except OSError as error:
        raise Error(f"port {port}: cannot be listened on: {error.strerror or error}") from error
