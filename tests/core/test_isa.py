"""The same bits on every instruction set: recipes × signals, by fingerprint."""

import platform
import re
from pathlib import Path

import numpy as np
import pytest
from signals import synthetic_signals

import dslite

WIDE = {"avx2": "avx2", "avx512": "avx512f"}
RECIPES = {
    "default": {},
    "peak": {"audio": {"normalize": "peak"}},
    "reflect": {"stft": {"center": "reflect"}},
    "zero": {"stft": {"center": "zero"}},
    "magnitude": {"stft": {"power": 1.0}},
    "cube": {"stft": {"power": 3.0}},
    "kaldi": {"stft": {"remove_dc": True, "preemphasis": 0.97, "window": "povey"}},
    "25_ms": {"stft": {"window_seconds": 0.025, "hop_seconds": 0.01, "fft_seconds": 0.032}},
    "400": {"stft": {"window_seconds": 0.025, "hop_seconds": 0.01, "fft_seconds": 0.025}},
    "odd": {"stft": {"window_seconds": 0.0128, "hop_seconds": 0.0063, "fft_seconds": 0.01411}},
    "prime": {"stft": {"window_seconds": 0.06307, "fft_seconds": 0.06307}},
    "slaney": {"mel": {"scale": "slaney", "triangles": "hz", "norm": "slaney"}},
    "linear": {"mel": {"bands": 0}},
    "one_band": {"mel": {"bands": 1}},
    "log": {"scale": {"kind": "log", "amin": 1e-6}},
    "raw": {"scale": {"kind": "none"}},
    "pcen": {"scale": {"kind": "pcen"}},
    "top_db": {"scale": {"top_db": 60, "reference": "max"}},
    "mfcc": {"mfcc": {"count": 40, "lifter": 22}},
    "bilinear": {"picture": {"resize": "bilinear", "width": 96, "height": 96}},
    "area": {"picture": {"resize": "area", "width": 33, "height": 50}},
    "lanczos": {"picture": {"resize": "lanczos5", "antialias": True, "colormap": "magma"}},
    "bicubic_tf": {"picture": {"resize": "bicubic"}, "tensor": {"scaling": "tf"}},
    "caffe": {"picture": {"colormap": "plasma"}, "tensor": {"scaling": "caffe"}},
    "values": {"picture": {"colormap": "none"}, "tensor": {"scaling": "none"}},
}


def fingerprints(tables, signals):
    front = dslite.FrontEnd(dslite.Recipe().replace(**tables))
    prints = []
    for chunk in signals:
        integers = front.tensor_quantized(chunk, 0.02, -7)
        parts = front.log_mel(chunk), front.picture(chunk), front.tensor(chunk), integers
        prints.append([dslite.fingerprint(part) for part in parts])
    return prints


def recorded(esc10):
    paths = sorted((esc10 / "audio").rglob("*.ogg"))[::130]
    return [np.resize(dslite.read_audio(path, 16000), 64000) for path in paths]


@pytest.fixture(scope="module", params=["synthetic", "recorded"])
def signals(request):
    if request.param == "synthetic":
        return list(synthetic_signals(64000).values())
    return recorded(request.getfixturevalue("esc10"))  # which skips where there are no recordings


@pytest.mark.parametrize("name", RECIPES)
def test_every_instruction_set_draws_the_same_bits(name, signals):
    try:
        dslite.force_isa("scalar")
        scalar = fingerprints(RECIPES[name], signals)
        for isa in dslite.supported_isas()[1:]:
            dslite.force_isa(isa)
            assert fingerprints(RECIPES[name], signals) == scalar, isa
    finally:
        dslite.force_isa("")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86-64 alone has several")
def test_what_the_operating_system_lists_is_used():
    """Linux lists what the processor has and it saves the registers of."""
    flags = set(re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[1].split())
    expected = ["scalar", "sse2", *(isa for isa, flag in WIDE.items() if flag in flags)]
    assert dslite.supported_isas() == expected
