"""What the documentation says of the recipe is what the core does."""

import re
import tomllib

import pytest
from cpp_builds import REPOSITORY

import dslite
from dslite.training.runs.files import FILES

TEXT = (REPOSITORY / "docs" / "recipe.md").read_text()
KEY_ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \|", re.MULTILINE)


def documented() -> dict[str, dict[str, object]]:
    """The tables of docs/recipe.md: {table: {key: default}}."""
    _, *parts = re.split(r"^## \[(\w+)\]$", TEXT, flags=re.MULTILINE)
    return {
        table: {key: tomllib.loads(f"value = {default}")["value"] for key, default in KEY_ROW.findall(part)}
        for table, part in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_key_is_documented_with_its_default():
    assert documented() == dslite.Recipe().to_dict()


def test_the_error_shown_is_the_error_raised():
    shown = re.search(r"^line 2: .*$", TEXT, re.MULTILINE).group()
    with pytest.raises(ValueError, match=f"^{re.escape(shown)}$"):
        dslite.Recipe.from_toml("[stft]\nhop_seconds = 0\n")


PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "benches").glob("*.md")]
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:cpp|python|tests|benches|docs|examples|cmake|\.ci)/[\w./-]*\w)`")
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_lead_somewhere(page):
    text = page.read_text()
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [path for path in PATH.findall(text) if not (REPOSITORY / path).exists()]
    assert missing == []


def folders(below: str) -> set[str]:
    """The names of the folders in a folder that hold something git tracks."""
    found = (path for path in (REPOSITORY / below).iterdir() if path.is_dir())
    return {path.name for path in found if not path.name.startswith(("_", ".")) and any(path.iterdir())}


@pytest.mark.parametrize("below", ["python/dslite", "python/dslite/training", "cpp", "cpp/src", "tests"])
def test_the_tree_shows_every_folder(below):
    tree = CONTRIBUTING.split("```")[1]
    shown = {name for path in re.findall(r"([\w/]+)/(?=\s|$)", tree) for name in path.split("/")}
    known_elsewhere = {"tests", "package"} if below == "cpp" else set()
    assert folders(below) - known_elsewhere <= shown


def test_walks_are_short():
    section = CONTRIBUTING[CONTRIBUTING.index("### Three walks") : CONTRIBUTING.index("## Build")]
    _, *walks = re.split(r"^The way of ", section, flags=re.MULTILINE)
    assert len(walks) == 3
    for walk in walks:
        assert 3 <= len(re.findall(r"^\d\. `", walk, re.MULTILINE)) <= 8


def test_every_file_of_a_run_is_documented(small_run):
    table = (REPOSITORY / "docs" / "runs.md").read_text().split("| file | holds |")[1].split("\n\n")[0]
    documented = {
        name for row in table.splitlines() for name in re.findall(r"`([\w.]+?)/?`", row.split(" | ")[0])
    }
    assert {path.name for path in small_run.iterdir()} <= documented
    assert documented == {*FILES, "selection.json", "network.keras", "tensorboard", ".lock"}


def test_the_glossary_has_ten_words():
    rows = (REPOSITORY / "docs" / "glossary.md").read_text().splitlines()[4:]
    words = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    assert words == [
        "clip",
        "chunk",
        "frame",
        "picture",
        "recipe",
        "bundle",
        "backbone",
        "head",
        "run",
        "stage",
    ]
