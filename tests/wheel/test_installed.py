"""An installed wheel by itself: no sources, no TensorFlow, no recordings, and no LiteRT either.

The workflow that builds wheels runs this in each of them; here it runs on what is installed.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import dslite

RATE_HZ = 16000
#: A recipe and the fingerprint that its tensor of ``sound()`` has on every machine.
TENSORS = {
    "": "a5c8576518bbe295",
    """
    [mel]
    bands = 64
    scale = "slaney"
    norm = "slaney"
    [picture]
    resize = "bicubic"
    """: "d04047d09effc7a0",
    """
    [stft]
    fft_seconds = 0.2
    [mfcc]
    count = 40
    [picture]
    colormap = "magma"
    width = 96
    height = 96
    """: "8a9aa86fe049cbea",
}


def sound(seed: int = 1) -> np.ndarray:
    """Four seconds of a rising ramp of integers modulo a prime: exact in float32 on any machine."""
    steps = (np.arange(4 * RATE_HZ, dtype=np.int64) ** 2 * (7919 + seed)) % 65521
    return ((steps - 32760) / 65536).astype(np.float32)


def script(name: str) -> Path:
    """A program that the wheel installed."""
    folder = Path(sysconfig.get_path("scripts"))
    return folder / (f"{name}.exe" if sys.platform == "win32" else name)


@pytest.mark.parametrize("isa", dslite.supported_isas())
@pytest.mark.parametrize("recipe", TENSORS)
def test_the_bits_are_everybodys(isa, recipe):
    front = dslite.FrontEnd(dslite.Recipe.from_toml(recipe))
    dslite.force_isa(isa)
    try:
        assert dslite.fingerprint(front.tensor(sound())) == TENSORS[recipe]
    finally:
        dslite.force_isa("")


def test_this_processor_gets_its_best_kernels():
    assert dslite.active_isa() == dslite.supported_isas()[-1]
    assert dslite.supported_isas()[0] == "scalar"


@pytest.mark.parametrize("name", ["dslite", "dslite-run"])
def test_the_programs_say_the_version(name):
    done = subprocess.run([script(name), "--version"], capture_output=True, text=True, check=True)
    assert dslite.__version__ in done.stdout.split()


def test_threads_share_what_may_be_shared():
    """Without the GIL they really run at once: the module must not bring it back."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled()
    recipe = dslite.Recipe()
    front = dslite.FrontEnd(recipe)
    expected = [dslite.fingerprint(front.tensor(sound(seed))) for seed in range(4)]

    def work(i: int) -> None:
        for seed in range(i, i + 8):
            assert dslite.fingerprint(front.tensor(sound(seed % 4))) == expected[seed % 4]
            batch = front.tensors(np.stack([sound(0), sound(1)]), threads=2)
            assert [dslite.fingerprint(tensor) for tensor in batch] == expected[:2]
            assert dslite.Recipe.from_toml(recipe.to_toml()) == recipe
            with pytest.raises(dslite.Error, match="cannot be read"):
                dslite.Model("no-such-model.tflite")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, i) for i in range(16)]:
            done.result()
