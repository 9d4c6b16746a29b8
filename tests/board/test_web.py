"""The npm package under Node and the page in Chromium: answers, pictures and errors are the native ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite
from cpp_builds import find_tool, run
from golden_models import LABELS, write_clip
from small_models import write_classifier
from web_builds import build_web, need, write_cases

from dslite import Error, Model, __version__
from dslite import site as dslite_site

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def web(tmp_path_factory) -> Path:
    return build_web(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Path:
    return write_cases(tmp_path_factory.mktemp("web") / "cases")


@pytest.fixture
def assets(web, monkeypatch) -> None:
    """The page's files, as if dslite-web were installed."""
    monkeypatch.syspath_prepend(web)


def test_the_package_answers_as_native_dslite_does(web, cases):
    run("node", "--test", web / "test" / "api.test.mjs", environment={"DSLITE_WEB_CASES": str(cases)})


def test_types_are_declared_for_all_that_is_public(web):
    use = web / "use.ts"
    use.write_text(
        "import {Model, imageData, type Answer} from 'dslite';\n"
        "const model = await Model.open(new Uint8Array(), {name: 'm'});\n"
        "const {answers} = await model.predict(new Float32Array(), 44100);\n"
        "const label: string | null = (answers[0] satisfies Answer).label;\n"
        "const stream = await model.stream(48000, {channels: 2, pictures: true});\n"
        "const pixels = imageData(await model.picture(new Float32Array()));\n"
        "console.log(label, (await stream.finish()).events, (await model.verify())[0].agrees, pixels.data);\n"
    )
    options = ["--module", "nodenext", "--target", "es2022", "--strict", "--noEmit", "--skipLibCheck"]
    tsc = web / "node_modules" / "typescript" / "bin" / "tsc"
    run(find_tool("node") or "node", tsc, *options, use)


def recording(folder: Path) -> Path:
    """Real sound for the microphone where there is some; noise otherwise."""
    real = sorted((DATA / "emodb").rglob("*.wav"))
    return real[0] if real else write_clip(folder / "noise.wav")


@pytest.fixture
def served(cases, assets, tmp_path) -> Iterator[dict[str, str]]:
    """The page of a model on this machine, and what the tests of it in browsers want to know."""
    site = tmp_path / "site"
    dslite_site.write_site(cases / "classes.tflite", site)
    with dslite_site.server(site) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield {
            "DSLITE_WEB_CASES": str(cases),
            "DSLITE_WEB_PAGE": f"http://localhost:{serving.server_port}/",
            "DSLITE_WEB_SOUND": str(recording(tmp_path)),
        }
        serving.shutdown()


def test_the_page_in_chromium(web, cases, served):
    need("chromium")
    run("node", "--test", web / "test" / "page.test.mjs", environment=served)
    heard = json.loads((cases / "microphone.json").read_text())
    sound = np.array(heard["sound"], np.float32)
    assert np.abs(sound).max() > 0.02  # the recording, not silence
    stream = Model(cases / "classes.tflite").stream(heard["rate"])
    answers = [*stream.push(sound), *stream.finish()]
    assert [(a.start_s, a.end_s, a.label) for a in answers] == [tuple(a[:3]) for a in heard["answers"]]
    np.testing.assert_allclose(
        [a.scores for a in answers], [a[3] for a in heard["answers"]], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("program", "test"),
    [("firefox-esr", "in Firefox"), ("chromium", "in a hidden tab")],
    ids=["firefox", "hidden"],
)
def test_the_page_in_other_browsers_and_hidden(program, test, web, served):
    need(program)
    tests = web / "test" / "browsers.test.mjs"
    said = run("node", "--test", "--test-name-pattern", test, tests, environment=served)
    assert re.search(r"^# pass 1$", said, re.MULTILINE), said


def test_the_packages_have_the_version_of_the_core(web, tmp_path):
    package = web / "package.json"
    text = package.read_text()
    assert json.loads(text)["version"] == __version__
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, web)
    assert [path.name for path in tmp_path.iterdir()] == [f"dslite_web-{__version__}-py3-none-any.whl"]
    package.write_text(text.replace(f'"{__version__}"', '"9.9.9"'))
    done = subprocess.run(["node", web / "build.mjs"], capture_output=True, text=True)
    package.write_text(text)
    assert done.returncode == 1
    assert f"package.json: version 9.9.9, expected {__version__} as in CMakeLists.txt" in done.stderr


def test_a_page_is_written_whole_or_not_at_all(web, cases, assets, tmp_path, monkeypatch):
    site, model = tmp_path / "site", cases / "classes.tflite"
    dslite_site.write_site(model, site, "Käfer")
    about = json.loads((site / "site.json").read_text("utf-8"))
    assert about["name"] == json.loads((site / "manifest.webmanifest").read_text("utf-8"))["name"] == "Käfer"
    assert (site / "model.tflite").read_bytes() == model.read_bytes()
    listed = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} - {"site.json"}
    assert set(about["files"]) == listed
    dslite_site.write_site(cases / "pixels.tflite", site)  # replaces its own
    assert json.loads((site / "site.json").read_text("utf-8"))["version"] != about["version"]
    before = (site / "model.tflite").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dslite_site.shutil, "copyfile", fail)
    with pytest.raises(Error, match="site: cannot be written: No space left on device"):
        dslite_site.write_site(model, site)
    assert (site / "model.tflite").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_other_files_are_not_replaced(web, cases, assets, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(Error, match="holds other files, expected an empty folder"):
        dslite_site.write_site(cases / "classes.tflite", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_without_the_assets_the_command_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setattr(dslite_site.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Error, match=re.escape("npm --prefix web run build && pip install ./web")):
        dslite_site.write_site(write_classifier(tmp_path / "m.tflite", LABELS), tmp_path / "site")


def test_a_damaged_model_makes_no_page(tmp_path):
    (tmp_path / "m.tflite").write_bytes(b"no model")
    result = dslite("web", tmp_path / "m.tflite", "-o", tmp_path / "site")
    assert "m.tflite: not a TensorFlow Lite model" in complaint(result)
    assert not (tmp_path / "site").exists()
