"""Man pages and completions: those of the commands that there are, installed, and read by man and bash."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY

from dslite.cli import main

DOCS = REPOSITORY / "docs"


@pytest.fixture(scope="module")
def written() -> dict[Path, str]:
    """What docs/manual.py writes of the commands as they are, by place below docs/."""
    spec = importlib.util.spec_from_file_location("manual", DOCS / "manual.py")
    assert spec is not None
    assert spec.loader is not None
    manual = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(manual)
    return {path.relative_to(DOCS): text for path, text in manual.files().items()}


def test_every_command_has_its_page(written: dict[Path, str]) -> None:
    there = {path.relative_to(DOCS) for name in ("man", "completion") for path in (DOCS / name).iterdir()}
    assert there == set(written), "python docs/manual.py writes them again"


def test_the_pages_are_those_of_the_commands_as_they_are(written: dict[Path, str]) -> None:
    behind = [path.name for path, text in written.items() if (DOCS / path).read_text("utf-8") != text]
    assert not behind, "python docs/manual.py writes them again"


def test_every_option_of_every_command_is_on_its_page(written: dict[Path, str]) -> None:
    for name, command in main.commands.items():
        text = written[Path("man") / f"dslite-{name}.1"].replace("\\-", "-")
        for word in (word for option in command.params for word in option.opts if word.startswith("-")):
            assert word in text, (name, word)


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff to read man pages with")
def test_groff_understands_every_page() -> None:
    for path in sorted((DOCS / "man").iterdir()):
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Wbreak", "-Tutf8", "-Kutf8", "-P-c", "-rLL=100n", path],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, ""), path
        assert "dslite" in done.stdout
    assert "      dslite weights mobilenet_v2 -o" in subprocess.run(
        ["groff", "-man", "-Tascii", "-P-cbou", DOCS / "man" / "dslite-weights.1"],
        capture_output=True,
        text=True,
    ).stdout.replace("\u2010", "-")


def test_they_are_installed_with_the_package() -> None:
    share = Path(sys.prefix) / "share"
    assert (share / "man" / "man1" / "dslite-train.1").read_text() == (
        DOCS / "man" / "dslite-train.1"
    ).read_text()
    for place, name in (
        ("bash-completion/completions", "dslite"),
        ("zsh/site-functions", "_dslite"),
        ("fish/vendor_completions.d", "dslite.fish"),
    ):
        assert (share / place / name).read_text() == (DOCS / "completion" / name).read_text()


def test_bash_completes_commands_and_options() -> None:
    """The script in a real shell: what it offers for ``dslite rec`` and ``dslite train --inner``."""
    ask = """
    source "$1"
    COMP_WORDS=(dslite $2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _dslite_completion dslite
    printf '%s\\n' "${COMPREPLY[@]}"
    """
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for words, expected in (("rec", "recipe"), ("train --inner", "--inner-splits")):
        done = subprocess.run(
            ["bash", "-c", ask, "bash", DOCS / "completion" / "dslite", words],
            capture_output=True,
            text=True,
            env=environment,
        )
        assert done.stdout.split() == [expected], done.stderr
