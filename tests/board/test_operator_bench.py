"""What the operators of each kind take, by dslite-run, the command and Python; and who cannot tell."""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_line import complaint, dslite
from cpp_builds import find_tool
from explained_models import write_explained

from dslite import Error, Model
from dslite.network import network_costs


def library(package: str, name: str) -> Path:
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed"
    (found,) = Path(str(spec.origin)).parent.rglob(name)
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explained(tmp_path_factory.mktemp("model") / "explained.tflite", units=4)


@pytest.fixture(scope="module")
def program(request: pytest.FixtureRequest) -> str:
    return find_tool("dslite-run") or str(
        request.getfixturevalue("cpp_build") / "cpp" / "tool" / "dslite-run"
    )


def call(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def test_the_operators_are_those_of_the_network(program: str, model: Path) -> None:
    """Each operator of the file is timed once; what XNNPACK calls them is its own affair."""
    litert = library("ai_edge_litert", "libLiteRt.so")
    done = call(program, "--bench", "--ops", "--runtime", litert, model)
    assert done.returncode == 0, done.stderr
    bench = json.loads(done.stdout)
    times = bench["operators"]
    in_file = network_costs(model.read_bytes()).operators
    counts = {one["kind"]: one["count"] for one in times}
    assert counts["Softmax (NC, F32)"] == in_file["SOFTMAX"] == 1
    convolutions = sum(count for kind, count in counts.items() if kind.startswith(("Conv", "Fully")))
    assert convolutions == in_file["CONV_2D"] + in_file["FULLY_CONNECTED"]
    assert [one["ms"] for one in times] == sorted((one["ms"] for one in times), reverse=True)
    assert 0 < sum(one["ms"] for one in times) < 10 * bench["stages"]["network"]["p99_ms"]
    by_python = Model(model, runtime=litert).bench(3, operators=True)["operators"]
    assert {one["kind"]: one["count"] for one in by_python} == counts
    assert "operators" not in Model(model, runtime=litert).bench(3)
    table = dslite("bench", model, "--ops", "--repeats", "3", "--runtime", litert)
    assert "Softmax (NC, F32)" in table.stdout
    assert "operators" not in json.loads(call(program, "--bench", "--runtime", litert, model).stdout)


def test_a_library_that_cannot_tell(program: str, model: Path) -> None:
    other = library("pyopen_wakeword", "libtensorflowlite_c.so")
    done = call(program, "--bench", "--ops", "--runtime", other, model)
    assert (done.returncode, done.stdout) == (1, "")
    says = "does not time operators; expected LiteRT"
    assert says in done.stderr.splitlines()[-1]  # after what the library says of itself
    assert done.stderr.splitlines()[-1].startswith("dslite-run: ")
    assert says in complaint(dslite("bench", model, "--ops", "--runtime", other))
    with pytest.raises(Error, match=says):
        Model(model, runtime=other).bench(operators=True)
