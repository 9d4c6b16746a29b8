"""The npm package and the page, built where tests can write; and cases with native dslite's answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cpp_builds import REPOSITORY, find_tool, run
from explained_models import write_explained
from golden_models import write_clip, write_golden
from small_models import QUICK, classifier_network, write_identity

import dslite
from dslite.stream import Decision
from dslite.training.bundle.write import core_entries, write_bundle

WEB = REPOSITORY / "web"
CHUNK_SAMPLES = 4000  # of QUICK


def need(*tools: str) -> None:
    """Skip the test without one of these programs."""
    for tool in tools:
        if not find_tool(tool):
            pytest.skip(f"{tool} not found: apt-get install emscripten nodejs npm chromium firefox-esr")


def build_core(preset: str, folder: Path, *targets: str) -> Path:
    """The core for browsers, by Emscripten, warnings being errors."""
    need("emcmake", "node")
    environment = {"NODE_PATH": "/usr/share/nodejs"}  # where Debian's Emscripten finds its own packages
    cmake = find_tool("cmake")
    settings = ["-DDSLITE_BUILD_TESTS=ON", "-DDSLITE_STRICT=ON", "-G", "Ninja"]
    configure = ["emcmake", cmake, "-S", REPOSITORY, "--preset", preset, "-B", folder, *settings]
    run(*configure, environment=environment)
    run(cmake, "--build", folder, "--target", "dslite_web", *targets, environment=environment)
    return folder


def build_web(folder: Path) -> Path:
    """``web/``, built: dist/ is the npm package, dslite_web/site/ the page."""
    need("emcmake", "node", "npm")
    cores = [build_core(preset, folder / preset) / "cpp" / "web" for preset in ("wasm", "wasm-scalar")]
    web = folder / "web"
    shutil.copyfile(REPOSITORY / "CMakeLists.txt", folder / "CMakeLists.txt")  # build.mjs compares versions
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules", "dist", "site"))
    if (WEB / "node_modules").is_dir():
        (web / "node_modules").symlink_to(WEB / "node_modules")
    else:
        installed = subprocess.run(["npm", "install"], cwd=web, capture_output=True, text=True, check=False)
        if installed.returncode:
            pytest.skip(f"npm install failed: {installed.stderr.strip()[-200:]}")
    run("node", web / "build.mjs", *(argument for core in cores for argument in ("--core", core)))
    return web


def write_unusable(folder: Path) -> None:
    """A network alone, and a bundle whose recipe wants ten hours of sound at once."""
    network = classifier_network(1)
    (folder / "bare.tflite").write_bytes(network)
    entries = core_entries(QUICK, ["dog"], {"": {"task": "classes"}})
    recipe = QUICK.to_toml().replace("seconds = 0.25", "seconds = 36000.0")
    write_bundle(folder / "large.tflite", network, {**entries, "recipe.toml": recipe.encode()})


def explanations(model: dslite.Model, clip: Path) -> list[dict[str, object]]:
    """Why each chunk is answered as it is, in the page's words; times are those of the recording."""
    samples = dslite.read_audio(clip, model.recipe.audio.sample_rate_hz)
    found = []
    for index, answer in enumerate(model.predict(samples)):
        why = model.explain(model.front.chunk(samples, index))
        start = answer.start_s
        regions = [[start + r.start_s, start + r.end_s, r.low_hz, r.high_hz, r.share] for r in why.regions]
        found.append({"label": why.label, "relevance": why.relevance.tolist(), "regions": regions})
    return found


def write_cases(folder: Path) -> Path:
    """Models, a clip, and what native dslite makes of them."""
    folder.mkdir()
    whole = QUICK.replace(chunk={"seconds": 0.0})
    models: dict[str, Callable[[Path], Path]] = {
        "classes": write_golden,
        "pixels": write_identity,
        "int8": lambda path: write_identity(path, quantized=True),
        "whole": lambda path: write_identity(path, whole),
        "explained": write_explained,
        "explained-int8": lambda path: write_explained(path, quantize="int8"),
    }
    clip = write_clip(folder / "clip.wav")
    expected = {}
    for name, write in models.items():
        model = dslite.Model(write(folder / f"{name}.tflite"))
        answers = list(model.predict(clip))
        expected[name] = {
            "answers": [[a.start_s, a.end_s, a.label, a.scores.tolist()] for a in answers],
            "events": [[e.start_s, e.end_s, e.label] for e in Decision(model).events(answers)],
            "explanations": explanations(model, clip) if name.startswith("explained") else [],
        }
    (folder / "expected.json").write_text(json.dumps(expected))
    write_unusable(folder)
    samples, _ = soundfile.read(clip, dtype="float32")
    samples.tofile(folder / "clip.f32")
    mono = np.ascontiguousarray(samples[:CHUNK_SAMPLES, 0])
    mono.tofile(folder / "mono.f32")
    dslite.FrontEnd(QUICK).picture(mono).tofile(folder / "picture.f32")
    return folder
