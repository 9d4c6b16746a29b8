"""Golden clips replayed, whole and tampered with; and stages timed."""

from __future__ import annotations

import json
import subprocess
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint
from command_line import dslite as run
from small_models import QUICK, classifier_network, write_classifier, write_identity

import dslite
from dslite._dslite import read_bundle
from dslite.training.bundle.golden import golden_entries
from dslite.training.bundle.write import core_entries, write_bundle

LABELS = ["dog", "rain", "siren"]
STAGES = ["samples", "log_mel", "tensor", "scores"]


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A bundle's entries, golden clip included."""
    folder = tmp_path_factory.mktemp("golden")
    model = dslite.Model(write_classifier(folder / "model.tflite", LABELS))
    golden = golden_entries(model, folder)
    return {**core_entries(QUICK, LABELS, {"": {"task": "classes"}}), **golden}


def written(folder: Path, entries: dict[str, bytes]) -> Path:
    path = folder / "model.tflite"
    write_bundle(path, classifier_network(len(LABELS)), entries)
    return path


def test_a_path_with_a_nul_opens_nothing(tmp_path):
    path = write_classifier(tmp_path / "model.tflite", ["a", "b"])
    for opened in (dslite.Model, read_bundle):
        with pytest.raises(dslite.Error, match=r"model\.tflite\\0…: a path cannot hold a NUL"):
            opened(f"{path}\0.tflite")


def test_every_stage_agrees(entries, tmp_path):
    checks = dslite.Model(written(tmp_path, entries)).verify()
    assert [check.stage for check in checks] == STAGES
    assert [check.values for check in checks] == [4000, 14 * 20, 10 * 12 * 3, 3]
    assert [check.tolerance for check in checks] == [0, 0, 0, 1e-4]
    assert all(check.agrees and check.different == check.largest == 0 for check in checks)
    result = run("verify", tmp_path / "model.tflite")
    assert (result.returncode, result.stdout.splitlines()) == (0, list(map(str, checks)))


@pytest.mark.parametrize("stage", STAGES)
def test_the_first_stage_that_diverges_is_named(entries, tmp_path, stage):
    values = np.frombuffer(entries[f"golden/{stage}.f32"], "<f4").copy()
    values[2] += 0.25
    path = written(tmp_path, {**entries, f"golden/{stage}.f32": values.tobytes()})
    checks = {check.stage: check for check in dslite.Model(path).verify()}
    assert [name for name, check in checks.items() if not check.agrees] == [stage]
    check = checks[stage]
    assert (check.different, check.first, check.expected) == (1, 2, float(values[2]))
    assert check.largest == abs(check.found - check.expected) == pytest.approx(0.25, abs=1e-5)
    assert str(check).startswith(f"{stage}: {len(values)} values, 1 different, by up to 0.2")
    result = run("verify", path)
    assert complaint(result) == f"dslite: {path}: '{stage}' is the first stage that diverges"
    assert result.stdout.splitlines() == list(map(str, checks.values()))


def test_one_bit_is_enough_before_the_scores_and_not_in_them(entries, tmp_path):
    changed = {}
    for stage in STAGES:
        values = np.frombuffer(entries[f"golden/{stage}.f32"], "<f4").copy()
        values[1] = np.nextafter(values[1], np.float32(np.inf))
        changed[f"golden/{stage}.f32"] = values.tobytes()
    checks = dslite.Model(written(tmp_path, {**entries, **changed})).verify()
    assert [check.agrees for check in checks] == [False, False, False, True]
    assert 0 < checks[3].largest < 1e-6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"golden/golden.toml": None}, "holds no golden clip to verify by"),
        ({"golden/golden.toml": b"["}, r"golden/golden.toml: line 1: "),
        ({"golden/golden.toml": b"[samples]\ncount = 4000\n"}, "golden/log_mel.f32 has another shape"),
        ({"golden/tensor.f32": b"1234"}, "golden/tensor.f32 has another shape .* expected 360 values"),
        ({"golden/scores.f32": None}, "golden/scores.f32"),
        ({"golden/clip.wav": b"RIFF"}, "golden/clip.wav"),
    ],
)
def test_damaged_golden_clips(entries, tmp_path, change, says):
    kept = {name: data for name, data in {**entries, **change}.items() if data is not None}
    with pytest.raises(dslite.Error, match=says):
        dslite.Model(written(tmp_path, kept)).verify()


def test_bench_times_every_stage(entries, tmp_path):
    path = written(tmp_path, entries)
    report = dslite.Model(path).bench(repeats=20, rate_hz=44100)
    stages = ["resample", "mel", "tensor", "network", "answer", "stream"]
    assert list(report["stages"]) == stages
    assert list(dslite.Model(path).bench(2, 16000)["stages"]) == stages[1:]
    for times in report["stages"].values():
        assert 0 < times["median_ms"] <= times["p99_ms"]
    assert (report["repeats"], report["chunk_seconds"], report["hop_seconds"]) == (20, 0.25, 0.125)
    assert report["real_time_factor"] == pytest.approx(report["stages"]["stream"]["median_ms"] / 125)
    assert report["isa"] == dslite.active_isa()
    assert report["runtime"] == dslite.Model(path).runtime
    assert 10e6 < report["peak_memory_bytes"] < 10e9
    result = run("bench", path, "--json", "--repeats", "3")
    assert json.loads(result.stdout).keys() == report.keys()
    assert "real-time factor" in run("bench", path, "--repeats", "3").stdout
    with pytest.raises(ValueError, match="repeats = 0"):
        dslite.Model(path).bench(repeats=0)
    with pytest.raises(ValueError, match="99"):
        dslite.Model(path).bench(rate_hz=99)


def test_bench_of_whole_clips(tmp_path):
    path = write_identity(tmp_path / "clips.tflite", QUICK.replace(chunk={"seconds": 0.0}))
    report = dslite.Model(path).bench(repeats=2)
    assert list(report["stages"]) == ["mel", "tensor", "network", "answer"]
    assert report["hop_seconds"] == report["chunk_seconds"] == 4.0


def flipped(data: bytes, bit: int) -> bytes:
    """With one bit the other way."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_every_flipped_bit_of_the_network_is_found(entries, tmp_path):
    whole = written(tmp_path, entries).read_bytes()
    network = classifier_network(len(LABELS))
    assert whole.startswith(network)
    assert read_bundle(str(tmp_path / "model.tflite"))["model.toml"].decode().splitlines() == [
        f'network_crc32 = "{zlib.crc32(network):08x}"',
        'task = "classes"',
    ]
    damaged = tmp_path / "damaged.tflite"
    seed = 11
    bits = np.random.default_rng(seed).choice(8 * len(network), 1000, replace=False)
    for bit in map(int, (*bits, 0, 8 * len(network) - 1)):
        damaged.write_bytes(flipped(whole, bit))
        with pytest.raises(
            dslite.Error, match=r"network is damaged: its CRC-32 is|not a TensorFlow Lite model"
        ):
            read_bundle(str(damaged))


@pytest.mark.parametrize("command", ["verify", "info"])
def test_commands_find_a_damaged_network(entries, tmp_path, command, cpp_build):
    whole = written(tmp_path, entries).read_bytes()
    path = tmp_path / "model.tflite"
    path.write_bytes(flipped(whole, 8 * 1000 + 3))
    wanted = f"{path}: its network is damaged: its CRC-32 is "
    result = run(command, path)
    assert complaint(result).startswith(f"dslite: {wanted}")
    program = cpp_build / "cpp" / "tool" / "dslite-run"
    board = subprocess.run([program, f"--{command}", path], capture_output=True, text=True)
    assert (board.returncode, board.stdout) == (1, "")
    assert board.stderr.startswith(f"dslite-run: {wanted}")


def test_a_damaged_network_that_is_open_already(entries, tmp_path):
    path = written(tmp_path, entries)
    constant = classifier_network(len(LABELS)).rfind(np.float32(0).tobytes() * 3)  # biases, all zero
    assert constant > 0
    path.write_bytes(flipped(path.read_bytes(), 8 * constant))
    with pytest.raises(dslite.Error, match="network is damaged"):
        dslite.Model(path).verify()


def test_bundles_of_before_the_checksum_open_and_verify(entries, tmp_path):
    path = tmp_path / "old.tflite"
    path.write_bytes(classifier_network(len(LABELS)))
    with zipfile.ZipFile(path, "a") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    assert b"network_crc32" not in read_bundle(str(path))["model.toml"]
    assert all(check.agrees for check in dslite.Model(path).verify())


def test_a_bundle_written_again_has_one_checksum(entries, tmp_path):
    again = read_bundle(str(written(tmp_path, entries)))
    write_bundle(tmp_path / "again.tflite", b"\0" * 4 + b"TFL3" + b"\0" * 8, again)
    model = read_bundle(str(tmp_path / "again.tflite"))["model.toml"]
    assert model.count(b"network_crc32") == 1


@pytest.mark.parametrize("name", ["recipe.toml", "model.toml", "labels.txt", "golden/golden.toml"])
def test_text_that_is_not_utf8(entries, tmp_path, name):
    for text in b"\xff = 1\n", b'task = "\xc3"\n', b"# caf\xe9\n", b"task \xe2\x82 1\n":
        path = written(tmp_path, {**entries, name: entries[name] + text})
        with pytest.raises(dslite.Error, match=rf"model.tflite: {name}: not UTF-8"):
            dslite.Model(path).verify()
