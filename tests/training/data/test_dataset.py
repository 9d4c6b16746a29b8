"""Label tables, class folders and splits: what they accept, and what they say of what they do not."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dslite import Error
from dslite.training.data.settings import Data
from dslite.training.data.split import Split, at_random, by_column, by_prefix, check_trainable
from dslite.training.data.table import Dataset, load
from dslite.training.task import CLASSES
from dslite.training.task import VALUES as OF_VALUES


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A folder of files that are there; no one reads them here."""
    folder = tmp_path / "audio"
    for kind in ("cat", "dog"):
        (folder / kind).mkdir(parents=True)
        for index in range(5):
            (folder / kind / f"{index}.wav").touch()
    return folder


def table(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


ROWS = "cat/0.wav,cat,03\ncat/1.wav,cat,08\ndog/0.wav,dog,03\ndog/1.wav,dog,08\n"


@pytest.mark.parametrize("header", ["filename,label,speaker", "Path,Class,speaker", "file,category,speaker"])
def test_usual_columns_are_found(tmp_path: Path, audio: Path, header: str) -> None:
    dataset = load(audio, table(tmp_path, f"{header}\n{ROWS}"))
    assert dataset.files == ["cat/0.wav", "cat/1.wav", "dog/0.wav", "dog/1.wav"]
    assert dataset.labels == ["cat", "cat", "dog", "dog"]
    assert dataset.classes == ["cat", "dog"]
    assert dataset.paths[0] == audio / "cat/0.wav"
    assert list(dataset.table["speaker"]) == ["03", "08", "03", "08"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_byte_order_mark_spaces_and_quotes(tmp_path: Path, audio: Path, separator: str) -> None:
    text = '\ufefffilename, label\n"cat/0.wav", cat \ndog/0.wav,"dog, big"\n'
    if separator != ",":
        text = text.replace("dog, big", "dog big").replace(",", separator)
    dataset = load(audio, table(tmp_path, text.replace('", cat', '",cat').replace('"; cat', '";cat')))
    assert dataset.labels == ["cat", "dog, big" if separator == "," else "dog big"]


def test_given_columns_win(tmp_path: Path, audio: Path) -> None:
    text = "filename,label,clip,kind\nx,a,cat/0.wav,meow\ny,b,dog/0.wav,bark\n"
    dataset = load(audio, table(tmp_path, text), file_column="clip", label_column="kind")
    assert dataset.files == ["cat/0.wav", "dog/0.wav"]
    assert dataset.labels == ["meow", "bark"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty; expected a header"),
        ("filename,label\n", "no row below the header"),
        (b"filename,label\n\xff\xfe,x\n", "not UTF-8"),
        ("filename,label\ncat/0.wav,cat,extra\n", "not a table with one width"),
        ("filename,label\ncat/0.wav,cat\ncat/1.wav,cat,extra\n", "in line 3"),
        ('filename,label\n"cat/0.wav,cat\n', "not a table"),
        ("filename,label\ncat/0.wav,\n", "line 2: column 'label' is empty"),
        ("filename,label\ncat/0.wav\n", "line 2: column 'label' is empty"),
        ("filename,label\n\ncat/0.wav,cat\n", "line 2: column 'filename' is empty"),
        ('filename,label\ncat/0.wav,"a\nb"\n', "not one line of text"),
        ("name,label\ncat/0.wav,cat\n", "no file column among 'name', 'label'"),
        ("filename,kind\ncat/0.wav,cat\n", "no label column among"),
        ("filename,label\ncat/9.wav,cat\ncat/0.wav,cat\n", "1 of 2 files are not in"),
        ("filename,label\ncat/0.wav,cat\ncat/0.wav,cat\n", "line 3: 'cat/0.wav' is listed already in line 2"),
        ("filename,label\ncat/0.wav,cat\ndog/../cat/0.wav,dog\n", "is listed already in line 2"),
    ],
)
def test_broken_tables_say_what_is_wrong(
    tmp_path: Path, audio: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(Error, match=message) as raised:
        load(audio, table(tmp_path, text))
    assert "\n" not in str(raised.value)
    assert "labels.csv" in str(raised.value)


def test_few_of_many_missing_files_are_named(tmp_path: Path, audio: Path) -> None:
    rows = "".join(f"gone{index}.wav,cat\n" for index in range(9))
    with pytest.raises(Error, match=r"9 of 9 .* 'gone0.wav', 'gone1.wav', 'gone2.wav' and 6 more"):
        load(audio, table(tmp_path, "filename,label\n" + rows))


def test_unknown_given_column(tmp_path: Path, audio: Path) -> None:
    with pytest.raises(Error, match="no column 'kind'; there are 'filename', 'label', 'speaker'"):
        load(audio, table(tmp_path, "filename,label,speaker\n" + ROWS), label_column="kind")


VALUES = "file,arousal,valence,room\ncat/0.wav,0.5,-1,1\ncat/1.wav, 1e-3 ,2,1\ndog/0.wav,.25,3,2\n"


def test_targets_are_numbers(tmp_path: Path, audio: Path) -> None:
    dataset = load(audio, table(tmp_path, VALUES), targets=["valence", "arousal"])
    assert (dataset.task, dataset.outputs) == (OF_VALUES, ["valence", "arousal"])
    assert dataset.values.dtype == np.float32
    np.testing.assert_array_equal(dataset.values, np.float32([[-1, 0.5], [2, 1e-3], [3, 0.25]]))
    some = dataset.select([True, False, True])
    np.testing.assert_array_equal(some.values, dataset.values[[0, 2]])
    assert some.files == ["cat/0.wav", "dog/0.wav"]
    assert list(some.table["room"]) == ["1", "2"]
    one = load(audio, table(tmp_path, "filename,label\ncat/0.wav,3\ncat/1.wav,4\n"), targets=["label"])
    np.testing.assert_array_equal(one.values, [[3], [4]])
    assert load(audio, table(tmp_path, "filename,label\ncat/0.wav,3\n")).task is CLASSES


@pytest.mark.parametrize(
    "cell", ["", "loud", "nan", "NaN", "inf", "-inf", "1e39", "1,5", "0x10", "1 2", "NA"]
)
def test_a_target_that_is_no_number(tmp_path: Path, audio: Path, cell: str) -> None:
    rows = f'file,calm,x\ncat/0.wav,1,1\ncat/1.wav,2,"{cell}"\n'
    with pytest.raises(Error, match=r"line 3: column 'x'.*expected a finite number") as raised:
        load(audio, table(tmp_path, rows), targets=["calm", "x"])
    assert repr(cell) in str(raised.value)
    assert "labels.csv" in str(raised.value)


def test_targets_that_are_not_there(tmp_path: Path, audio: Path) -> None:
    path = table(tmp_path, VALUES)
    with pytest.raises(Error, match="no column 'calm'; there are 'file', 'arousal'"):
        load(audio, path, targets=["arousal", "calm"])
    with pytest.raises(ValueError, match="'arousal' is given twice"):
        load(audio, path, targets=["arousal", "arousal"])
    with pytest.raises(ValueError, match="a label or targets, not both"):
        load(audio, path, label_column="room", targets=["arousal"])
    with pytest.raises(Error, match="folders hold no numbers"):
        load(audio, targets=["arousal"])


def test_folders_are_classes(audio: Path) -> None:
    (audio / "dog" / "deep" / "er").mkdir(parents=True)
    (audio / "dog" / "deep" / "er" / "x.FLAC").touch()
    (audio / "dog" / "notes.txt").touch()
    (audio / "dog" / ".hidden.wav").touch()
    (audio / ".git").mkdir()
    dataset = load(audio)
    assert Counter(dataset.labels) == {"cat": 5, "dog": 6}
    assert "dog/deep/er/x.FLAC" in dataset.files


def test_folders_that_would_lose_something_are_refused(tmp_path: Path, audio: Path) -> None:
    (audio / "stray.wav").touch()
    with pytest.raises(Error, match=r"outside the class folders lie 'stray.wav'"):
        load(audio)
    (audio / "stray.wav").unlink()
    (audio / "bird").mkdir()
    with pytest.raises(Error, match="bird: no audio file in this class folder"):
        load(audio)
    with pytest.raises(Error, match="no sub-folder to take as a class"):
        load(audio / "cat")
    with pytest.raises(Error, match="no such folder"):
        load(tmp_path / "nowhere")


def parts(split: Split) -> tuple[list[str], list[str], list[str]]:
    return split.train.files, split.valid.files, split.test.files


@pytest.fixture
def speakers(tmp_path: Path, audio: Path) -> Dataset:
    return load(audio, table(tmp_path, "filename,label,speaker\n" + ROWS))


def test_split_by_column_compares_text(speakers: Dataset) -> None:
    split = by_column(speakers, "speaker", ["08"])
    assert parts(split) == (["cat/0.wav", "dog/0.wav"], [], ["cat/1.wav", "dog/1.wav"])
    check_trainable(split)
    with pytest.raises(Error, match="--test: no file has speaker '8'; there are '03', '08'"):
        by_column(speakers, "speaker", ["8"])
    with pytest.raises(Error, match="no column 'fold'"):
        by_column(speakers, "fold", ["1"])
    with pytest.raises(ValueError, match="'03' is in the test part already"):
        by_column(speakers, "speaker", ["03"], ["03"])


def test_split_by_column_with_validation(speakers: Dataset) -> None:
    split = by_column(speakers, "filename", ["cat/1.wav"], ["dog/1.wav"])
    assert parts(split) == (["cat/0.wav", "dog/0.wav"], ["dog/1.wav"], ["cat/1.wav"])


def test_parts_that_cannot_be_learnt_are_refused(speakers: Dataset) -> None:
    with pytest.raises(Error, match="the training part is empty"):
        check_trainable(by_column(speakers, "speaker", ["03", "08"]))
    with pytest.raises(Error, match=r"class 'dog' is absent from the training part \(2 files of it"):
        check_trainable(by_column(speakers, "label", ["dog"]))
    cats = speakers.select([label == "cat" for label in speakers.labels])
    with pytest.raises(Error, match="all files are of one class, 'cat'"):
        check_trainable(by_column(cats, "speaker", ["03"]))


def test_random_split_is_stratified_and_seeded(audio: Path) -> None:
    dataset = load(audio)
    split = at_random(dataset, 0.2, seed=3)
    assert Counter(split.test.labels) == {"cat": 1, "dog": 1}
    assert sorted(split.train.files + split.test.files) == sorted(dataset.files)
    assert parts(split) == parts(at_random(dataset, 0.2, seed=3))
    assert any(parts(split) != parts(at_random(dataset, 0.2, seed=seed)) for seed in range(4, 9))


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_random_split_leaves_every_class_on_both_sides(audio: Path, share: float) -> None:
    split = at_random(load(audio), share, seed=0)
    check_trainable(split)
    assert split.test.classes == ["cat", "dog"]


def test_random_split_refuses_the_impossible(audio: Path) -> None:
    for share in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="--test-share"):
            Data(test_share=share)
    for index in range(1, 5):
        (audio / "dog" / f"{index}.wav").unlink()
    with pytest.raises(Error, match="class 'dog' has one file"):
        at_random(load(audio), 0.2, seed=0)


@pytest.fixture
def compare(tmp_path: Path) -> Path:
    """A folder of files named as DeepSpectrumLite's tables have them."""
    folder = tmp_path / "wav"
    (folder / "deep").mkdir(parents=True)
    for name in ("train_1", "train_2", "devel_1", "test_1", "deep/train_3"):
        (folder / f"{name}.wav").touch()
    return folder


COMPARE = (
    "filename,label,duration_frames\ntrain_1.wav,a,9\ntest_1.wav,a,9\ndevel_1.wav,b,9\ntrain_2.wav,b,9\n"
)


def test_split_by_prefix(tmp_path: Path, compare: Path) -> None:
    split = by_prefix(load(compare, table(tmp_path, COMPARE + "deep/train_3.wav,b,9\n")))
    assert parts(split) == (
        ["train_1.wav", "train_2.wav", "deep/train_3.wav"],
        ["devel_1.wav"],
        ["test_1.wav"],
    )
    check_trainable(split)
    (compare / "other.wav").touch()
    with pytest.raises(Error, match=r"1 of 5 files begin with none of 'train', 'devel', 'test': 'other.wav'"):
        by_prefix(load(compare, table(tmp_path, COMPARE + "other.wav,b,9\n")))


def test_of_path_and_name_the_path_decides(tmp_path: Path, audio: Path) -> None:
    for folder in ("train", "test"):
        (audio / folder).mkdir()
    (audio / "train" / "test_1.wav").touch()
    (audio / "test" / "train_1.wav").touch()
    split = by_prefix(load(audio, table(tmp_path, "file,label\ntrain/test_1.wav,a\n./test/train_1.wav,b\n")))
    assert (len(split.train), len(split.test)) == (1, 1)
    assert split.train.files == ["train/test_1.wav"]


def test_values_split_and_are_checked(tmp_path: Path, audio: Path) -> None:
    dataset = load(audio, table(tmp_path, VALUES), targets=["arousal", "valence"])
    split = at_random(dataset, 0.3, seed=0)
    assert sorted(split.train.files + split.test.files) == sorted(dataset.files)
    assert (len(split.train), len(split.test)) == (2, 1)
    check_trainable(split)
    check_trainable(by_column(dataset, "room", ["2"]))
    with pytest.raises(Error, match=r"the training part is empty; expected at least one file$"):
        check_trainable(by_column(dataset, "room", ["1", "2"]))
    with pytest.raises(Error, match=r"target 'arousal' is 0\.25 in all 1 training files"):
        check_trainable(by_column(dataset, "room", ["1"]))
    with pytest.raises(Error, match=r"'cat/0\.wav' is the only file"):
        at_random(dataset.select([True, False, False]), 0.5, seed=0)
