"""FrontEnd as an object: chunks, batches, threads, arrays, instruction sets."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from signals import synthetic_signals

import dslite

SIGNALS = synthetic_signals(64000)
FRONT = dslite.FrontEnd(dslite.Recipe())


def expected_chunks(samples, length, hop, tail):
    """The design's words, written out: full chunks, then one for what none of them holds."""
    chunks = [samples[s : s + length] for s in range(0, len(samples) - length + 1, hop)]
    start = len(chunks) * hop
    held = (len(chunks) - 1) * hop + length if chunks else 0
    if tail != "drop" and len(samples) > held and len(samples) > start:
        rest = samples[start:]
        missing = length - len(rest)
        chunks.append(np.pad(rest, (0, missing)) if tail == "pad" else np.resize(rest, length))
    return np.array(chunks, np.float32).reshape(-1, length)


@given(
    samples=st.integers(0, 400),
    chunk=st.integers(10, 100),
    hop=st.integers(1, 130),
    tail=st.sampled_from(["pad", "repeat", "drop"]),
)
def test_chunks(samples, chunk, hop, tail):
    stft = {"window_seconds": 0.1, "fft_seconds": 0.1, "hop_seconds": 0.1}
    recipe = dslite.Recipe().replace(
        audio={"sample_rate_hz": 100},
        mel={"high_hz": 50},
        stft=stft,
        chunk={"seconds": (chunk + 0.5) / 100, "hop_seconds": (hop + 0.5) / 100, "tail": tail},
    )
    front = dslite.FrontEnd(recipe)
    signal = np.arange(1, samples + 1, dtype=np.float32)
    expected = expected_chunks(signal, chunk, hop, tail)
    assert (front.chunks(signal) == expected).all()
    spans = front.spans(samples)
    assert len(spans) == len(expected)
    for i, (start, stop) in enumerate(spans):
        assert (front.chunk(signal, i)[: stop - start] == signal[start:stop]).all()
        assert stop - start == min(chunk, samples - start)
    with pytest.raises(IndexError):
        front.chunk(signal, len(expected))


def test_the_whole_clip_is_one_chunk_when_seconds_is_zero():
    front = dslite.FrontEnd(dslite.Recipe().replace(chunk={"seconds": 0}))
    assert front.chunk_samples == 0
    assert front.spans(12345) == [(0, 12345)]
    for samples in (2048, 5000, 64000):
        assert front.picture(SIGNALS["noise"][:samples]).shape == (224, 224, 3)
    with pytest.raises(ValueError, match="2048"):
        front.log_mel(SIGNALS["noise"][:2047])


def test_batches_equal_single_calls_whatever_the_threads():
    batch = np.stack(list(SIGNALS.values()))
    alone = np.stack([FRONT.tensor(chunk) for chunk in batch])
    for threads in (0, 1, 2, 5):
        assert FRONT.tensors(batch, threads=threads).tobytes() == alone.tobytes()
    assert FRONT.tensors(batch[:0]).shape == (0, 224, 224, 3)


def test_out_is_filled_and_returned():
    for method, shape in (("log_mel", (61, 128)), ("picture", (224, 224, 3)), ("tensor", (224, 224, 3))):
        out = np.full(shape, np.nan, np.float32)
        result = getattr(FRONT, method)(SIGNALS["noise"], out=out)
        assert result is out
        assert (out == getattr(FRONT, method)(SIGNALS["noise"])).all()
    out = np.empty((2, 224, 224, 3), np.float32)
    assert FRONT.tensors(np.stack([SIGNALS["noise"]] * 2), out=out) is out
    with pytest.raises(ValueError, match="out"):
        FRONT.tensor(SIGNALS["noise"], out=np.empty((224, 224, 1), np.float32))
    with pytest.raises(TypeError, match="float64"):
        FRONT.tensor(SIGNALS["noise"], out=np.empty((224, 224, 3)))
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writeable"):
        FRONT.tensor(SIGNALS["noise"], out=out[0])


def test_integers_fill_out_too():
    out = np.empty((224, 224, 3), np.int8)
    assert FRONT.tensor_quantized(SIGNALS["noise"], 0.02, -7, out=out) is out
    assert (out == FRONT.tensor_quantized(SIGNALS["noise"], 0.02, -7)).all()
    for wrong in (out.astype(np.uint8), out[:, :, :1], out[0], np.asfortranarray(out)):
        with pytest.raises(ValueError, match="out: expected a writeable, C-contiguous int8"):
            FRONT.tensor_quantized(SIGNALS["noise"], 0.02, -7, out=wrong)


@pytest.mark.parametrize("isa", dslite.supported_isas())
def test_pixels_do_not_depend_on_where_they_are_written(isa):
    memory = np.empty(224 * 224 * 3 + 20, np.float32)
    try:
        dslite.force_isa(isa)
        expected = FRONT.tensor(SIGNALS["noise"])
        for offset in range(17):
            memory[:] = np.nan
            out = memory[offset : offset + expected.size].reshape(expected.shape)
            assert (FRONT.tensor(SIGNALS["noise"], out=out) == expected).all()
            assert np.isnan(memory).sum() == memory.size - expected.size
    finally:
        dslite.force_isa("")


@pytest.mark.parametrize(
    ("samples", "error", "match"),
    [
        (np.zeros(64000), TypeError, "float64"),
        (np.zeros(64000, np.int16), TypeError, "int16"),
        ([0.0] * 64000, TypeError, "list"),
        (np.zeros(63999, np.float32), ValueError, "63999 samples: expected 64000"),
        (np.zeros((64000, 1), np.float32), ValueError, "axis"),
        (np.zeros(128000, np.float32)[::2], ValueError, "contiguous"),
        (np.zeros(0, np.float32), ValueError, "expected 64000"),
        (np.where(np.arange(64000) == 17, np.nan, 0).astype(np.float32), ValueError, "sample 17 is nan"),
        (np.where(np.arange(64000) == 3, np.inf, 0).astype(np.float32), ValueError, "sample 3 is inf"),
        (np.full(64000, 1e30, np.float32), ValueError, "1e12"),
    ],
)
def test_wrong_samples_are_refused(samples, error, match):
    for method in (FRONT.log_mel, FRONT.picture, FRONT.tensor):
        with pytest.raises(error, match=match):
            method(samples)
    if isinstance(samples, np.ndarray) and samples.dtype == np.float32 and samples.ndim == 1:
        with pytest.raises(error):
            FRONT.tensors(samples[None])


def test_threads_may_share_one_front_end():
    batch = list(SIGNALS.values()) * 4
    alone = [FRONT.tensor(chunk).tobytes() for chunk in batch]
    with ThreadPoolExecutor(4) as pool:
        assert [t.tobytes() for t in pool.map(FRONT.tensor, batch)] == alone


def test_pickle():
    front = dslite.FrontEnd(dslite.Recipe().replace(mel={"bands": 40}))
    again = pickle.loads(pickle.dumps(front))
    assert again.recipe == front.recipe
    assert (again.log_mel(SIGNALS["noise"]) == front.log_mel(SIGNALS["noise"])).all()


def test_fingerprints_tell_pictures_apart():
    picture = FRONT.picture(SIGNALS["noise"])
    assert dslite.fingerprint(picture) == dslite.fingerprint(picture.copy())
    changed = picture.copy()
    changed[100, 100, 1] = np.nextafter(changed[100, 100, 1], np.float32(np.inf))
    assert dslite.fingerprint(changed) != dslite.fingerprint(picture)
    assert dslite.fingerprint(np.zeros(0, np.uint8)) == "cbf29ce484222325"  # FNV-1a's own offset
    assert dslite.fingerprint(np.frombuffer(b"foobar", np.uint8)) == "85944171f73967e8"


def in_a_new_process(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("isa", dslite.supported_isas())
def test_the_environment_forces_an_instruction_set(isa):
    done = in_a_new_process("import dslite; print(dslite.active_isa())", DSLITE_FORCE_ISA=isa)
    assert done.stdout.strip() == isa


def test_an_unknown_instruction_set_is_an_error():
    done = in_a_new_process("import dslite; dslite.FrontEnd(dslite.Recipe())", DSLITE_FORCE_ISA="mmx")
    assert done.returncode == 1
    assert 'DSLITE_FORCE_ISA = "mmx": unknown, expected one of scalar' in done.stderr


def test_importing_dslite_is_light():
    code = "import dslite, sys; print([m for m in ('tensorflow', 'keras', 'librosa', 'matplotlib', "
    code += "'pandas', 'sklearn', 'scipy') if m in sys.modules])"
    assert in_a_new_process(code).stdout.strip() == "[]"
