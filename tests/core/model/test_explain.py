"""Explanations by the native core: maps against Keras, regions, occlusion, Shapley values, deletion."""

from __future__ import annotations

import numpy as np
import pytest
from explained_models import LABELS, explained_network, write_explained, write_explained_values
from small_models import QUICK, write_classifier, write_identity

import dslite
from dslite._dslite import strongest_regions
from dslite.explain.faithfulness import deletion
from dslite.explain.occlusion import GRID

CHUNK = 4000


@pytest.fixture(scope="module")
def sound():
    rng = np.random.default_rng(7)
    tone = np.sin(2 * np.pi * 1500 * np.arange(CHUNK) / 16000)
    return (tone * (np.arange(CHUNK) > CHUNK // 2) + 0.01 * rng.normal(size=CHUNK)).astype(np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return dslite.Model(write_explained(tmp_path_factory.mktemp("m") / "explained.tflite"))


@pytest.mark.parametrize("units", [0, 6])
def test_native_maps_are_those_of_keras(tmp_path, sound, units):
    model = dslite.Model(write_explained(tmp_path / "m.tflite", units))
    scores, maps = model.native.explain(sound)
    expected_scores, expected_maps = explained_network(units).predict(
        model.front.tensor(sound)[None], verbose=0
    )
    np.testing.assert_allclose(scores, expected_scores[0], atol=1e-5)
    np.testing.assert_allclose(maps, expected_maps[0], atol=1e-4)
    np.testing.assert_array_equal(scores, model.scores(sound))


def test_int8_maps_follow_those_in_float(tmp_path, sound):
    model = dslite.Model(write_explained(tmp_path / "m.tflite", quantize="int8"))
    _, maps = model.native.explain(sound)
    _, expected = explained_network().predict(model.front.tensor(sound)[None], verbose=0)
    assert np.abs(maps - expected[0]).max() < 0.1 * np.ptp(expected)


def test_int8_maps_of_values_of_unlike_units_follow_those_in_float(tmp_path, sound):
    """One scale for all would leave nothing of the first; a value is explained by its own map."""
    path, network = write_explained_values(tmp_path / "m.tflite", deviation=[0.01, 1, 1000])
    model = dslite.Model(path)
    values, maps = model.native.explain(sound)
    expected_values, expected = network.predict(model.front.tensor(sound)[None], verbose=0)
    assert model.native.input["dtype"] == "int8"
    for index, label in enumerate(LABELS):
        spread = np.ptp(expected[0, :, :, index])
        assert np.abs(maps[:, :, index] - expected[0, :, :, index]).max() < 0.1 * spread
        assert abs(values[index] - expected_values[0, index]) < 0.1 * spread
        explanation = model.explain(sound, label)
        np.testing.assert_array_equal(explanation.relevance, maps[:, :, index])
        assert explanation.score == values[index]


def test_relevance_of_a_class_is_its_map_against_the_rest(model, sound):
    scores, maps = model.native.explain(sound)
    for index, label in enumerate(LABELS):
        expected = maps[:, :, index] - maps.astype(np.float64) @ scores.astype(np.float64)
        made = model.explain(sound, label).relevance
        np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-6)


def test_without_a_label_the_answer_is_explained(model, sound):
    explanation = model.explain(sound)
    assert explanation.label == LABELS[int(model.scores(sound).argmax())]
    assert explanation.score == model.scores(sound).max()
    assert explanation.method == "cam"
    assert explanation.seconds == 0.25


def test_a_region_is_said_in_seconds_hertz_and_share():
    relevance = np.full((4, 5), -1, np.float32)
    relevance[1, 2:4] = 2  # the second row from the top, the third and fourth column of five
    relevance[3, 0] = 1
    found = strongest_regions(QUICK.replace(mel={"bands": 0}), 10.0, relevance)
    assert found == [
        (4.0, 8.0, 4000.0, 6000.0, pytest.approx(0.8)),
        (0.0, 2.0, 0.0, 2000.0, pytest.approx(0.2)),
    ]


def test_mel_rows_are_said_in_hertz():
    relevance = np.zeros((2, 1), np.float32)
    relevance[0, 0] = 1
    ((_, _, low_hz, high_hz, _),) = strongest_regions(dslite.Recipe(), 4.0, relevance)
    middle = 700 * (np.exp(1127 * np.log(1 + 8000 / 700) / 2 / 1127) - 1)
    assert (low_hz, high_hz) == (pytest.approx(middle), pytest.approx(8000))


def test_places_that_touch_are_one_region_and_three_are_named():
    relevance = np.zeros((9, 9), np.float32)
    relevance[::4, ::4] = np.arange(1, 10).reshape(3, 3) + 10
    found = strongest_regions(QUICK, 9.0, relevance)
    shares = [region[-1] for region in found]
    assert shares == pytest.approx([19 / 135, 18 / 135, 17 / 135])
    whole = strongest_regions(QUICK, 9.0, np.ones((3, 3), np.float32))
    assert [region[-1] for region in whole] == [pytest.approx(1)]


def test_nothing_that_speaks_for_a_label_is_said(model):
    assert strongest_regions(QUICK, 1.0, np.full((2, 2), -1, np.float32)) == []


def test_coefficients_have_no_hertz(tmp_path, sound):
    recipe = QUICK.replace(mfcc={"count": 10})
    region = dslite.Model(write_explained(tmp_path / "m.tflite", recipe=recipe)).explain(sound).regions[0]
    assert region.low_hz is None
    assert region.high_hz is None


def test_occlusion_is_what_an_answer_loses(tmp_path, sound):
    """Of a network that answers with its pixels, a pixel's loss is its distance to the floor."""
    model = dslite.Model(write_identity(tmp_path / "m.tflite"))
    tensor, floor = model.front.tensor(sound), model.front.tensor(np.zeros(CHUNK, np.float32))[0, 0]
    row, column, channel = 3, 11, 1
    label = f"pixel {(row * tensor.shape[1] + column) * 3 + channel}"
    made = model.explain(sound, label, workers=2)
    expected = np.zeros((GRID, GRID))
    edges = [np.linspace(0, side, GRID + 1).round() for side in tensor.shape[:2]]
    place = tuple(
        int(np.searchsorted(edge, at, "right")) - 1 for edge, at in zip(edges, (row, column), strict=False)
    )
    expected[place] = tensor[row, column, channel] - floor[channel]
    np.testing.assert_allclose(made.relevance, expected, atol=1e-6)
    assert made.method == "occlusion"


def test_occlusion_of_classes_is_in_logits(model, sound):
    made = model.explain(sound, "rain", "occlusion")
    tensor, floor = model.front.tensor(sound), model.front.tensor(np.zeros(CHUNK, np.float32))[0, 0]
    before = model.scores_of_tensor(tensor)[1]
    tensor[:1, :2] = floor  # the first patch of 10 × 12 pixels cut into 8 × 8
    after = model.scores_of_tensor(tensor)[1]
    expected = np.log(before / (1 - before)) - np.log(after / (1 - after))
    assert made.relevance[0, 0] == pytest.approx(expected, abs=1e-5)


def test_workers_change_nothing(model, sound):
    one, three = (model.explain(sound, method="occlusion", workers=n).relevance for n in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_shapley_values_add_up_to_the_answer(model, sound):
    """Efficiency: from the floor alone to the whole picture the values are the whole difference."""
    pytest.importorskip("shap")
    made = model.explain(sound, "dog", "shap")
    tensor, floor = model.front.tensor(sound), model.front.tensor(np.zeros(CHUNK, np.float32))
    (p, q) = (float(model.scores_of_tensor(x)[0]) for x in (tensor, floor))
    assert made.relevance.sum() == pytest.approx(np.log(p / (1 - p)) - np.log(q / (1 - q)), abs=1e-4)


def test_deletion_starts_at_the_answer_and_ends_at_the_floor(model, sound):
    label = model.explain(sound).label
    index = LABELS.index(label)
    curve = deletion(model, sound, label, model.explain(sound).relevance)
    assert curve.scores[0] == model.scores(sound)[index]
    assert curve.scores[-1] == pytest.approx(model.scores(np.zeros(CHUNK, np.float32))[index])
    assert curve.area == pytest.approx(np.trapezoid(curve.scores, np.linspace(0, 1, 21)))


def test_a_map_falls_faster_than_its_reverse(model, sound):
    """Deleting what speaks for a class first costs it more than deleting that last."""
    relevance = model.explain(sound, "dog").relevance
    first, last = (deletion(model, sound, "dog", sign * relevance).area for sign in (1, -1))
    assert first < last


def test_words_and_json(model, sound):
    explanation = model.explain(sound)
    region = explanation.regions[0]
    words = explanation.words(start_s=2.0)
    assert words.startswith(f"{explanation.label} {explanation.score:.2f}: {2 + region.start_s:.1f}–")
    assert words.endswith(f"{100 * region.share:.0f} % of it")
    made = explanation.as_dict()
    assert made["regions"][0]["share"] == pytest.approx(region.share, abs=1e-4)
    assert np.shape(made["relevance"]) == explanation.relevance.shape


def test_bad_requests_are_named(model, sound, tmp_path):
    with pytest.raises(ValueError, match="label: 'cat' given, expected one of dog, rain, siren"):
        model.explain(sound, "cat")
    with pytest.raises(ValueError, match="method: 'lime' given, expected one of cam, occlusion, shap"):
        model.explain(sound, method="lime")
    with pytest.raises(ValueError, match="samples"):
        model.explain(sound[:100])
    plain = dslite.Model(write_classifier(tmp_path / "plain.tflite", LABELS))
    with pytest.raises(dslite.Error, match="no class maps; `dslite export RUN --explain` adds them"):
        plain.explain(sound, method="cam")
    assert plain.explain(sound).method == "occlusion"
