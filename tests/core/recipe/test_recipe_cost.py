"""What a recipe may cost: refused beyond the budget, and the estimate is no less than what is used."""

import re
import subprocess
import sys

import pytest
from peak_memory import WITH_HELPERS

import dslite


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        ({"mfcc": {"count": 4096}, "mel": {"bands": 0}, "stft": {"fft_seconds": 16.0}}, "mfcc.count"),
        ({"chunk": {"seconds": 36000.0}}, "chunk.seconds"),
        ({"chunk": {"seconds": 3600.0}, "picture": {"resize": "bilinear", "height": 8192}}, "picture.height"),
        ({"stft": {"fft_seconds": 262.0}, "mel": {"bands": 4096}}, "stft.fft_seconds"),
        ({"stft": {"fft_seconds": 262.144}, "mel": {"bands": 4096}}, "stft.fft_seconds"),
    ],
)
def test_a_recipe_costs_no_more_than_is_allowed(tables, key, monkeypatch):
    with pytest.raises(
        ValueError, match=f"^{key} takes [0-9]+ of the [0-9]+ MiB .* DSLITE_RECIPE_MIB"
    ) as refused:
        dslite.Recipe().replace(**tables)
    cost, needed = map(int, re.search(r"(\d+) of the (\d+) MiB", str(refused.value)).groups())
    assert needed / 2 < cost <= needed  # no other key would save as much
    monkeypatch.setenv("DSLITE_RECIPE_MIB", "1000000")
    assert dslite.Recipe().replace(**tables) != dslite.Recipe()


@pytest.mark.parametrize("fft_seconds", [0.128, 1.0, 16.384, 10.007])
@pytest.mark.parametrize("resize", ["nearest", "lanczos5"])
@pytest.mark.parametrize("bands", [0, 128])
def test_the_estimate_is_no_less_than_what_is_used(fft_seconds, resize, bands):
    """Peak memory of a child that draws one picture, against what the error says such a recipe needs."""
    code = (
        "import sys, numpy as np, dslite\n"
        "from peak_memory import peak_kb\n"
        "recipe = dslite.Recipe.from_toml(sys.stdin.read())\n"
        "samples = np.zeros(int(recipe.chunk.seconds * 16000), np.float32)\n"
        "before = peak_kb()\n"
        "dslite.FrontEnd(recipe).tensor(samples)\n"
        "print(peak_kb() - before)\n"
    )
    recipe = dslite.Recipe().replace(
        chunk={"seconds": 20.0},
        stft={"fft_seconds": fft_seconds},
        mel={"bands": bands},
        picture={"resize": resize},
    )
    used = subprocess.run(
        [sys.executable, "-c", code],
        input=recipe.to_toml(),
        env=WITH_HELPERS,
        capture_output=True,
        text=True,
        check=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSLITE_RECIPE_MIB", "1")
        with pytest.raises(ValueError, match="MiB that this recipe needs") as refused:
            recipe.replace()
    needed = int(re.search(r"(\d+) MiB that", str(refused.value)).group(1))
    assert int(used.stdout) / 1024 <= needed + 5  # the interpreter's own few


@pytest.mark.parametrize("given", ["0", "-5", "1e3", "many", "512 ", "0x10", "1.5"])
def test_a_limit_that_is_no_number_above_0_is_refused(given, monkeypatch):
    monkeypatch.setenv("DSLITE_RECIPE_MIB", given)
    with pytest.raises(
        ValueError,
        match=f'^DSLITE_RECIPE_MIB = "{re.escape(given)}": expected a whole number of MiB above 0$',
    ):
        dslite.FrontEnd()


def test_a_limit_larger_than_any_machine_and_an_empty_one(monkeypatch):
    monkeypatch.setenv("DSLITE_RECIPE_MIB", "9" * 40)
    assert dslite.Recipe().replace(chunk={"seconds": 36000.0}).chunk.seconds == 36000.0
    monkeypatch.setenv("DSLITE_RECIPE_MIB", "")
    with pytest.raises(ValueError, match=r"^chunk\.seconds .* expected at most 1024 MiB"):
        dslite.Recipe().replace(chunk={"seconds": 36000.0})


def test_an_hour_is_allowed():
    assert dslite.Recipe().replace(chunk={"seconds": 3600.0}).chunk.seconds == 3600.0


def test_many_bands_of_a_long_transform_are_quick():
    """What the plan computes grows with the bins, not with bands times bins, which took 89 s."""
    recipe = dslite.Recipe().replace(
        stft={"window_seconds": 1.0, "fft_seconds": 131.072, "hop_seconds": 1.0}, mel={"bands": 4096}
    )
    assert dslite.FrontEnd(recipe).chunk_samples == 64000


def test_a_long_text_is_read():
    """2 MB; comparing every name with every other took minutes."""
    text = "".join(f"[table{i}]\nkey = 1\n" for i in range(100_000))
    with pytest.raises(ValueError, match=r"line 2: unknown table \[table0\]"):
        dslite.Recipe.from_toml(text)
    with pytest.raises(ValueError, match=r"^line 200002: 'key' was already set in line 200000"):
        dslite.Recipe.from_toml(text + "\nkey = 2\n")
