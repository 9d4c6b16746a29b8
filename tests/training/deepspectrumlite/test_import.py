"""``dslite import``: DeepSpectrumLite's configuration becomes an experiment, and says what changed."""

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite

from dslite import FrontEnd, Recipe
from dslite.training.augment.settings import Augmentation
from dslite.training.deepspectrumlite.convert import convert, to_toml
from dslite.training.experiment import combinations, experiment, read_settings
from dslite.util.recipe_file import with_changes

#: Every key there is, with values of the kind that DeepSpectrumLite documents.
FULL = {
    "label_parser": ["../lib/data/parser/ComParEParser.py:ComParEParser"],
    "model_name": ["TransferBaseModel"],
    "prediction_type": ["categorical"],
    "basemodel_name": ["densenet121", "mobilenet_v2"],
    "weights": ["imagenet"],
    "tb_experiment": ["one"],
    "tb_run_id": ["two"],
    "num_units": [512],
    "dropout": [0.25],
    "optimizer": ["adadelta"],
    "learning_rate": [0.001, 0.01],
    "fine_learning_rate": [0.0001],
    "finetune_layer": [0.7],
    "loss": ["categorical_crossentropy"],
    "activation": ["arelu"],
    "output_activation": ["softmax"],
    "pre_epochs": [40],
    "epochs": [100],
    "batch_size": [32],
    "sample_rate": [16000],
    "normalize_audio": [True],
    "chunk_size": [2.0],
    "chunk_hop_size": [1.0],
    "stft_window_size": [0.128],
    "stft_hop_size": [0.064],
    "stft_fft_length": [0.128],
    "mel_scale": [False],
    "lower_edge_hertz": [50.0],
    "upper_edge_hertz": [7000.0],
    "num_mel_bins": [96],
    "num_mfccs": [0],
    "cep_lifter": [0],
    "db_scale": [True],
    "use_plot_images": [True],
    "color_map": ["viridis", "magma"],
    "image_width": [224],
    "image_height": [200],
    "resize_method": ["nearest"],
    "anti_alias": [False],
    "sap_aug_a": [0.5],
    "sap_aug_s": [10],
    "augment_cutmix": [True],
    "augment_specaug": [True],
    "da_prob_min": [0.1],
    "da_prob_max": [0.5],
    "cutmix_min": [0.075],
    "cutmix_max": [0.25],
    "specaug_freq_min": [0.1],
    "specaug_freq_max": [0.3],
    "specaug_time_min": [0.2],
    "specaug_time_max": [0.4],
    "specaug_freq_mask_num": [4],
    "specaug_time_mask_num": [3],
}


def imported(**changes: object) -> tuple[dict, str]:
    """The experiment's tables as TOML has them, and the notes as one text."""
    made = convert({key: value for key, value in (FULL | changes).items() if value is not None})
    return tomllib.loads(to_toml(made, "title", {})), "\n".join(made.notes)


def recipe_of(tables: dict) -> Recipe:
    first = {
        name: {key: value[0] if isinstance(value, list) else value for key, value in keys.items()}
        for name, keys in tables["recipe"].items()
    }
    return with_changes(Recipe(), first)


def test_every_key_lands_where_it_belongs() -> None:
    tables, notes = imported()
    assert tables["data"] == {"by_prefix": True}
    assert tables["model"] == {
        "backbone": ["densenet121", "mobilenet_v2"],
        "weights": "imagenet",
        "units": 512,
        "activation": "arelu",
        "dropout": 0.25,
    }
    assert tables["training"] == {
        "epochs": 40,
        "fine_tune_epochs": 100,
        "batch_size": 32,
        "optimizer": "adadelta",
        "learning_rate": [0.001, 0.01],
        "fine_learning_rate": 0.0001,
        "fine_tune_share": 0.3,
        "loss": "categorical_crossentropy",
        "label_smoothing": 0.0,
        "balance": "upsample",
        "augment_frozen": True,
    }
    assert Augmentation(**tables["augmentation"]) == Augmentation(
        specaugment=True, cutmix=True, probability_max=0.6, time_mask_min=0.2, time_mask_max=0.4,
        frequency_masks=4, time_masks=3,
    )  # fmt: skip
    assert tables["recipe"]["picture"]["colormap"] == ["viridis", "magma"]
    assert recipe_of(tables) == Recipe.preset("deepspectrumlite").replace(
        audio={"normalize": "peak", "channel": 0},
        chunk={"seconds": 2.0, "hop_seconds": 1.0},
        mel={"bands": 96, "low_hz": 50.0, "high_hz": 7000.0},
        picture={"height": 200},
    )
    for said in (
        "finetune_layer: there the share of the first layers",
        "mel_scale: was never read; false in this file",
        "No code is run",
        "da_prob_max",
        "resampled",
    ):
        assert said in notes
    assert "unknown" not in notes


@pytest.mark.parametrize(
    "changes",
    [{}, {"weights": [""], "activation": ["relu"]}, {"prediction_type": ["regression"], "loss": ["mae"]}],
)
def test_the_grid_is_one_that_train_reads(changes: dict, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(to_toml(convert(FULL | changes), "title", {"audio": "wav", "labels": "labels.csv"}))
    grid = combinations(read_settings(path))
    assert len(grid) == 2 * 2 * 2
    made = [experiment(settings) for settings in grid]
    assert {one.network.backbone for one in made} == {"densenet121", "mobilenet_v2"}
    scratch = changes.get("weights") == [""]
    rates = {one.schedule.fine_learning_rate if scratch else one.schedule.learning_rate for one in made}
    assert rates == {0.001, 0.01}
    assert {one.recipe.picture.colormap for one in made} == {"viridis", "magma"}
    assert all(one.data.by_prefix and one.data.audio == "wav" for one in made)


def test_a_parser_of_ones_own_is_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap.py"
    trap.write_text("raise SystemExit('run')\n")
    tables, notes = imported(label_parser=[f"{trap}:Parser"])
    assert tables["data"] == {}
    assert "is code, and no code named in a configuration is run" in notes
    assert "labels as a CSV" in notes


@pytest.mark.parametrize(
    ("changes", "epochs", "fine_tune_epochs", "share"),
    [
        ({"weights": [""]}, 0, 140, 1.0),
        ({"weights": [""], "epochs": [5, 10]}, 0, [45, 50], 1.0),
        ({"finetune_layer": [0]}, 40, 0, None),
        ({"finetune_layer": [1.0]}, 140, 0, None),
        ({"finetune_layer": [0.6, 0.9]}, 40, 100, [0.4, 0.1]),
    ],
)
def test_the_stages(changes: dict, epochs: object, fine_tune_epochs: object, share: object) -> None:
    training = imported(**changes)[0]["training"]
    assert training["epochs"] == epochs
    assert training["fine_tune_epochs"] == fine_tune_epochs
    assert training.get("fine_tune_share") == share


def test_regression() -> None:
    tables, notes = imported(prediction_type=["regression"], output_activation=["sigmoid"], loss=["mae"])
    assert tables["data"]["targets"] == "label"
    assert "balance" not in tables["training"]
    assert "output_activation: linear here" in notes
    assert "loss: there fine-tuning used categorical_crossentropy" in notes


@pytest.mark.parametrize(
    ("changes", "scale"),
    [
        ({}, {"kind": "db"}),
        ({"db_scale": [False]}, {"kind": "none"}),
        ({"db_scale": [True, False]}, {"kind": ["db", "none"]}),
        ({"num_mfccs": [40]}, {"kind": "db", "reference": "max"}),
        ({"num_mfccs": [40], "db_scale": [False]}, {"kind": "log", "amin": 1e-06}),
    ],
)
def test_the_scale_hangs_on_two_keys(changes: dict, scale: dict) -> None:
    tables, notes = imported(**changes)
    assert tables["recipe"]["scale"] == scale
    assert ("whole batch's maximum" in notes) == (scale.get("reference") == "max")


def test_missing_keys_are_what_they_were_there() -> None:
    kept = ("basemodel_name", "sample_rate", "num_units")
    tables, notes = imported(**{key: None for key in FULL if key not in kept})
    assert tables["recipe"]["picture"] == {"resize": "bilinear", "antialias": True, "colormap": "viridis"}
    assert tables["recipe"]["scale"] == {"kind": "none"}
    assert tables["recipe"]["audio"] == {"channel": 0, "sample_rate_hz": 16000}
    assert "resize_method: not given, bilinear as there" in notes
    assert "augmentation" not in tables


def test_raw_values_keep_their_number() -> None:
    tables, notes = imported(use_plot_images=[False], num_mfccs=[40], weights=[""])
    front = FrontEnd(recipe_of(tables))
    samples = np.random.default_rng(0).standard_normal(32000).astype(np.float32)
    values = front.log_mel(samples)
    picture = front.tensor(samples)
    assert (values.shape, picture.shape) == ((30, 40), (40, 30, 1))
    np.testing.assert_array_equal(picture[::-1, :, 0], values.T)  # frequency runs up, time to the right
    assert "time running right; pretrained weights expect three channels" in notes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": ["many"]}, 'batch_size: "many" given, expected a number'),
        ({"batch_size": [1.5]}, "batch_size: 1.5 given, expected a whole number"),
        ({"use_plot_images": ["yes"]}, 'use_plot_images: "yes" given, expected true or false'),
        ({"weights": ["imagenet", ""]}, "weights: 2 values given, expected one"),
        ({"weights": ["noisy"]}, "weights: 'noisy' given"),
        ({"prediction_type": ["both"]}, "prediction_type: 'both' given"),
        ({"finetune_layer": [0, 0.5]}, "finetune_layer: 2 values given"),
        ({"num_mfccs": [0, 40], "db_scale": [False]}, "db_scale and num_mfccs"),
        ({"upper_edge_hertz": [7000.0, 9000.0]}, "mel.high_hz"),
        ({"resize_method": ["nicely"]}, "picture.resize"),
        ({"cutmix_min": [0.5]}, "cutmix_min: 0.5 given, expected at most cutmix_max"),
    ],
)
def test_values_that_cannot_be_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        imported(**changes)


def test_the_command_writes_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "hp.json").write_text(json.dumps(FULL | {"my_key": [1], "tb_run_id": "not a list"}))
    (tmp_path / "classes.json").write_text('{"negative": "Negative", "positive": "Positive"}')
    (tmp_path / "labels.csv").write_text("filename,label,duration_frames\n")
    out = tmp_path / "run.toml"
    arguments = ("hp.json", "classes.json", "--audio", ".", "--labels", "labels.csv", "-o", "run.toml")
    result = dslite("import", *arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    text = out.read_text()
    data = tomllib.loads(text)["data"]
    assert data == {"audio": ".", "labels": "labels.csv", "by_prefix": True}
    *notes, last = result.stderr.splitlines()
    assert last == "wrote run.toml"
    assert all(f"# {note}" in text for note in notes)
    assert "- unknown, left out: 'my_key'" in notes
    assert any("negative → Negative" in note for note in notes)


@pytest.mark.parametrize(
    ("files", "by_prefix"),
    [
        (["train_1.wav", "devel_1.wav", "test_1.wav"], True),
        (["train/1.wav", "test/1.wav"], True),
        (["train_1.wav", "other.wav"], False),
    ],
)
def test_a_table_of_parts_is_split_by_them(tmp_path: Path, files: list[str], by_prefix: bool) -> None:
    hp = {key: value for key, value in FULL.items() if key != "label_parser"}
    (tmp_path / "hp.json").write_text(json.dumps(hp))
    rows = "".join(f"{file},a,16000\n" for file in files)
    (tmp_path / "labels.csv").write_text(f"filename,label,duration_frames\n{rows}")
    result = dslite("import", "hp.json", "--labels", "labels.csv", "-o", "run.toml", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    data = tomllib.loads((tmp_path / "run.toml").read_text())["data"]
    assert data.get("by_prefix", False) == by_prefix
    assert ("which are the parts" in result.stderr) == by_prefix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "hp.json: not JSON: Expecting"),
        ("[1]", "hp.json: expected a JSON object"),
        ('{"epochs": []}', "hp.json: epochs = []: expected a list of one value or more"),
        ('{"epochs": [[1]]}', "hp.json: epochs = [[1]]: expected"),
        ('{"dropout": [NaN]}', "hp.json: not JSON: NaN is no number"),
        ('{"dropout": ["a"]}', 'hp.json: dropout: "a" given, expected a number'),
    ],
)
def test_broken_files_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "hp.json").write_text(text)
    assert message in complaint(dslite("import", "hp.json", "-o", "run.toml", cwd=tmp_path))
    assert not (tmp_path / "run.toml").exists()
