"""What every key says it takes: in its error, in the docs, and in the texts that name the rates' range."""

import ast
import re
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from cpp_builds import REPOSITORY

import dslite
from dslite import _dslite

STEP = "seconds above 0 and at most 86400"
OPTIONAL = "seconds from 0 (off) to 86400"
PIXELS = "a whole number of pixels from 1 to 8192"
BOOLEAN = "true or false"

#: Of every key: the words of its error, and values just outside of what it takes.
EXPECTED = {
    "audio.sample_rate_hz": ("a whole number of Hz from 100 to 768000", 99, 768001, 16000.0),
    "audio.channel": ('"mix" or a channel number from 0 to 1023', -1, 1024, "left"),
    "audio.normalize": ('one of "none", "peak"', "rms"),
    "chunk.seconds": ("seconds from 0 (the whole clip) to 86400", -0.001, 86400.001),
    "chunk.hop_seconds": (STEP, 0, 86400.001),
    "chunk.tail": ('one of "pad", "repeat", "drop"', "cut"),
    "stft.window_seconds": (STEP, 0, 86400.001),
    "stft.hop_seconds": (STEP, 0.0, 86400.001),
    "stft.fft_seconds": (STEP, -1, 86400.001),
    "stft.window": ('one of "hann", "hann_symmetric", "hamming", "povey", "rectangular"', "hanning"),
    "stft.center": ('one of "none", "reflect", "zero"', "constant"),
    "stft.power": ("a number from 0.1 to 4", 0.099, 4.001),
    "stft.preemphasis": ("a number from 0 to 1", -0.001, 1.001),
    "stft.remove_dc": (BOOLEAN, 0, 1, "true"),
    "mel.bands": ("a whole number from 0 (no mel) to 4096", -1, 4097, 64.0),
    "mel.low_hz": ("Hz from 0 to 384000", -0.001, 384000.1),
    "mel.high_hz": ("Hz from 0.001 to 384000", 0.0009, 384000.1),
    "mel.scale": ('one of "htk", "slaney"', "bark"),
    "mel.triangles": ('one of "mel", "hz"', "Mel"),
    "mel.norm": ('one of "none", "slaney"', ""),
    "scale.kind": ('one of "db", "log", "none", "pcen"', "ln"),
    "scale.amin": ("a number from 1e-37 to 1e30", 9e-38, 1.1e30),
    "scale.reference": ('"max" or a number from 1e-30 to 1e30', 9e-31, 1.1e30, "min"),
    "scale.top_db": ("dB from 0 (off) to 1000", -0.1, 1000.1),
    "mfcc.count": ("a whole number from 0 (off) to 4096", -1, 4097),
    "mfcc.lifter": ("a number from 0 (off) to 10000", -0.1, 10000.1),
    "picture.colormap": (
        'one of "viridis", "cividis", "inferno", "magma", "plasma", "gray", "none"',
        "jet",
    ),
    "picture.width": (PIXELS, 0, 8193),
    "picture.height": (PIXELS, 0, 8193),
    "picture.resize": (
        'one of "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", '
        '"mitchellcubic"',
        "lanczos",
    ),
    "picture.antialias": (BOOLEAN, 0),
    "tensor.scaling": ('one of "torch", "tf", "caffe", "none"', "keras"),
    "decision.smoothing": ('one of "none", "mean", "exponential"', "median"),
    "decision.smoothing_chunks": ("a whole number of answers from 1 to 10000", 0, 10001),
    "decision.smoothing_factor": ("a number above 0 and at most 1", 0, 1.001),
    "decision.threshold": ("a score from -1e30 to 1e30, or 0 for the best class", -1.1e30, 1.1e30, "high"),
    "decision.class_thresholds": ('a "text"', 1, 0.5),
    "decision.minimum_seconds": (OPTIONAL, -0.1, 86400.1),
    "decision.refractory_seconds": (OPTIONAL, -0.1, 86400.1),
}


def _all_keys() -> list[str]:
    tables = dslite.Recipe().to_dict()
    return [f"{table}.{key}" for table, keys in tables.items() for key in keys]


def _as_toml(value: bool | int | float | str) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def test_every_key_is_listed():
    assert list(EXPECTED) == _all_keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_error_says_what_the_key_takes(name):
    words, *wrong = EXPECTED[name]
    table, key = name.split(".")
    for value in [*wrong, True] if words != BOOLEAN else wrong:
        shown = rf"[0-9.e+-]+|{re.escape(_as_toml(value))}"
        with pytest.raises(ValueError, match=rf"^line 2: {name} = ({shown}): expected {re.escape(words)}$"):
            dslite.Recipe.from_toml(f"[{table}]\n{key} = {_as_toml(value)}\n")


@pytest.mark.parametrize("name", [name for name in EXPECTED if " to " in EXPECTED[name][0]])
def test_both_ends_of_a_range_are_in_it(name):
    table, key = name.split(".")
    for end in re.search(r"from (\S+) .*?to ([\d.e]+)", EXPECTED[name][0]).groups():
        message = ""
        try:
            dslite.Recipe.from_toml(f"[{table}]\n{key} = {end}\n")
        except ValueError as error:  # with the other keys as they are, not by itself
            message = str(error)
        assert f"expected {EXPECTED[name][0]}" not in message


def _rows() -> dict[str, list[str]]:
    """The rows of the tables of docs/recipe.md: default, values, meaning."""
    rows, table = {}, ""
    for line in (REPOSITORY / "docs/recipe.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## \[(\w+)\]", line):
            table = heading[1]
        elif row := re.match(r"\| `(\w+)` \| (.*) \|$", line):
            rows[f"{table}.{row[1]}"] = re.split(r"(?<!\\) \| ", row[2])
    return rows


def test_the_docs_have_defaults_and_ranges_of_the_core():
    rows = _rows()
    assert list(rows) == _all_keys()
    for name, (default, values, _) in rows.items():
        table, key = name.split(".")
        assert tomllib.loads(f"default = {default.strip('`')}") == {
            "default": dslite.Recipe().to_dict()[table][key]
        }
        words = EXPECTED[name][0].removeprefix("one of ")
        if name != "decision.class_thresholds":
            assert values.replace("`", "") == words, name


@pytest.mark.parametrize(
    "file",
    [
        "cpp/include/dslite/dslite.h",
        "cpp/tool/help.cpp",
        "python/dslite/audio.py",
        "python/dslite/model.py",
    ],
)
def test_texts_that_cannot_be_made_from_the_numbers_have_the_numbers(file):
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    rates = re.findall(r"\b(\d+) (?:…|to) (\d{6})\b", text)
    channels = re.findall(r"channels?\b[^.;]*?\b(\d+) (?:…|to) (\d+)", text)
    assert rates
    assert set(rates) == {(str(_dslite.MIN_RATE_HZ), str(_dslite.MAX_RATE_HZ))}
    assert set(channels) <= {("1", str(_dslite.MAX_CHANNELS))}


def test_samples_and_channels_are_the_cores():
    recipe = dslite.Recipe().replace(audio={"sample_rate_hz": 22050}, mel={"high_hz": 11025.0})
    assert recipe.samples(0.0232) == 511  # 511.56, truncated
    assert recipe.samples(0.02323) == 512
    assert recipe.samples(recipe.chunk.seconds) == dslite.FrontEnd(recipe).chunk_samples
    assert recipe.channels == 3
    raw = recipe.replace(picture={"colormap": "none"}, tensor={"scaling": "none"})
    assert raw.channels == 1
    silence = np.zeros(raw.samples(4.0), np.float32)
    assert dslite.FrontEnd(raw).picture(silence).shape[2] == 1


@pytest.mark.parametrize("name", EXPECTED)
def test_properties_are_documented_alike_at_run_time_and_in_the_stub(name):
    table, key = name.split(".")
    cls = type(getattr(dslite.Recipe(), table))
    shown = getattr(cls, key).__doc__
    default = dslite.Recipe().to_toml().split(f"[{table}]\n")[1].split(f"{key} = ")[1].splitlines()[0]
    assert shown.endswith(f": {EXPECTED[name][0]} [default: {default}].")
    stub = ast.parse((REPOSITORY / "python/dslite/_dslite.pyi").read_text(encoding="utf-8"))
    (written,) = (node for node in stub.body if getattr(node, "name", "") == cls.__name__)
    (method,) = (node for node in written.body if getattr(node, "name", "") == key)
    assert ast.get_docstring(method) == shown


def test_a_typo_is_found_by_mypy_and_at_run_time(tmp_path):
    snippet = tmp_path / "snippet.py"
    snippet.write_text(
        "import dslite\n"
        "recipe = dslite.Recipe()\n"
        "bands: int = recipe.mel.bands\n"
        "wrong = recipe.mel.bandz\n"
        "if recipe.mel.scale == 'bark':\n"
        "    pass\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--strict-equality", f"--cache-dir={tmp_path}", str(snippet)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout
    assert re.findall(r"snippet\.py:(\d+): error: .*\[([\w-]+)\]", found) == [
        ("4", "attr-defined"),
        ("5", "comparison-overlap"),
    ]
    with pytest.raises(
        AttributeError, match=r"^recipe table \[mel\] has no key 'bandz': did you mean 'bands'\?$"
    ):
        _ = dslite.Recipe().mel.bandz
    with pytest.raises(
        AttributeError, match=r"^recipe table \[mfcc\] has no key 'x': expected one of count, lifter$"
    ):
        _ = dslite.Recipe().mfcc.x


@pytest.mark.parametrize("name", dslite.Recipe.preset_names())
def test_a_short_repr_makes_the_same_recipe(name):
    preset = dslite.Recipe.preset(name)
    other = preset.replace(mel={"bands": 70}, scale={"reference": "max"}, picture={"antialias": True})
    for recipe, most in [(dslite.Recipe(), 8), (preset, 40), (other, 130)]:
        assert eval(repr(recipe), {"Recipe": dslite.Recipe}) == recipe
        assert len(repr(recipe)) <= most
    assert repr(dslite.Recipe().replace(mel={"bands": 64})) == "Recipe().replace(mel={'bands': 64})"


def test_a_front_end_shows_its_recipe():
    assert repr(dslite.FrontEnd()) == "FrontEnd(Recipe())"
    front = dslite.FrontEnd(dslite.Recipe().replace(mel={"bands": 64}))
    assert repr(front) == "FrontEnd(Recipe().replace(mel={'bands': 64}))"


def test_the_front_ends_signature_is_a_line():
    signature = dslite.FrontEnd.__init__.__doc__.splitlines()[0]
    assert re.sub(r"[\w.]+\.(?=Recipe|FrontEnd)", "", signature) == (
        "__init__(self: FrontEnd, recipe: Recipe | None = None) -> None"
    )
