"""The experiment: one TOML text for all that a training needs, and the grid that its lists span.

::

    [data]          audio, labels, split …: which recordings, and who is tested
    [model]         backbone, weights, and the head's units, activation, dropout
    [training]      epochs, learning rates …: ``Schedule``
    [augmentation]  ``Augmentation``
    [recipe.audio]  and the other tables of the recipe: the front end

Every key is optional. A value that is a list stands for several experiments, one for each of its
values; several lists stand for every combination.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from dslite import Error, Recipe
from dslite.training.augment.settings import Augmentation
from dslite.training.data.settings import Data
from dslite.training.learning.losses import SMOOTHING, check_loss
from dslite.training.learning.schedule import Schedule
from dslite.training.network.backbones import BACKBONES, find, fit_recipe
from dslite.training.network.head import Head
from dslite.util.recipe_file import with_changes
from dslite.util.text import shorten
from dslite.util.toml import to_toml

Value = str | int | float | bool
#: Table, key → value, or a list of them: ("training", "epochs") → [10, 20].
Settings = dict[tuple[str, str], Any]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Network:
    """The backbone, what it knows at the start, and the head on top of it."""

    backbone: str = "mobilenet_v2"
    weights: str = "imagenet"
    head: Head = field(default_factory=Head)

    def __post_init__(self) -> None:
        if self.backbone not in BACKBONES:
            raise ValueError(f"backbone: '{self.backbone}' given, expected one of {', '.join(BACKBONES)}")


@dataclass(frozen=True)
class Experiment:
    """The settings of a training, completely; the recipe gets the input scaling of the backbone."""

    data: Data = field(default_factory=Data)
    network: Network = field(default_factory=Network)
    schedule: Schedule = field(default_factory=Schedule)
    augmentation: Augmentation = field(default_factory=Augmentation)
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        # Settled here, so that config.toml, recipe.toml and the model file cannot differ.
        object.__setattr__(self, "recipe", fit_recipe(self.recipe, find(self.network.backbone)))

    def tables(self) -> dict[str, dict[str, Value]]:
        """Every key and value, by table."""
        network: dict[str, Value] = {"backbone": self.network.backbone, "weights": self.network.weights}
        tables: dict[str, dict[str, Value]] = {
            "data": asdict(self.data),
            "model": network | asdict(self.network.head),
            "training": asdict(self.schedule),
            "augmentation": asdict(self.augmentation),
        }
        recipe = tomllib.loads(self.recipe.to_toml())
        return tables | {f"recipe.{name}": keys for name, keys in recipe.items() if isinstance(keys, dict)}

    def to_toml(self) -> str:
        """The whole as TOML, every key written."""
        return to_toml(self.tables())

    def learning(self) -> dict[str, Value]:
        """What decides how the network learns, in one table; of augmentation what is in use."""
        tables = self.tables()
        stages = self.augmented_stages()
        used = tables["augmentation"] | {"augmented": ", ".join(stages)} if stages else {}
        return tables["model"] | tables["training"] | used

    def augmented_stages(self) -> list[str]:
        """The stages in which augmentation acts: features of a frozen backbone come from plain pictures."""
        schedule = self.schedule
        acts = {"head": schedule.epochs and schedule.augment_frozen, "fine-tuning": schedule.fine_tune_epochs}
        return [stage for stage, does in acts.items() if does and self.augmentation.any]

    def unaugmented(self) -> str:
        """What there is to say of augmentation that was asked for and does not act everywhere; or nothing."""
        if not self.augmentation.any or not self.schedule.epochs or self.schedule.augment_frozen:
            return ""
        where = "in fine-tuning alone" if self.augmented_stages() else "nowhere"
        return f"augmentation acts {where}; training.augment_frozen = true lets it act on the head too"


def read_settings(path: Path) -> Settings:
    """Read an experiment file.

    Raises:
        Error: not TOML, or an unknown table.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Error(f"{path}: not TOML: {error}") from error
    try:
        return flat(tables)
    except ValueError as error:
        raise Error(f"{path}: {error}") from error


def flat(tables: Mapping[str, Any]) -> Settings:
    """Nested tables as settings; the recipe's are named ``recipe.audio`` and so on."""
    settings: Settings = {}
    for table, content in tables.items():
        if table not in ("data", "model", "training", "augmentation", "recipe"):
            raise ValueError(
                f"unknown '{table}'; expected the tables data, model, training, augmentation, recipe.…"
            )
        if not isinstance(content, dict):
            raise ValueError(f"{table} = {content!r}: expected a table")
        for key, value in content.items():
            if table != "recipe":
                settings[table, key] = value
            elif isinstance(value, dict):
                settings.update({(f"recipe.{key}", name): one for name, one in value.items()})
            else:
                raise ValueError(f"recipe.{key} = {value!r}: expected a table of the recipe, recipe.audio …")
    return settings


def parse_assignment(text: str) -> Settings:
    """``"training.epochs=[10, 20]"`` as settings; what is no TOML value is text.

    Raises:
        ValueError: no assignment.
    """
    name, equals, value = text.partition("=")
    table, dot, key = name.strip().rpartition(".")
    if not (equals and dot):
        raise ValueError(f"'{text}': expected TABLE.KEY=VALUE, such as training.epochs=20")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()
    if table.startswith("recipe."):
        return {(table, key): parsed}
    return flat({table: {key: parsed}})


def combinations(settings: Settings) -> list[Settings]:
    """Every combination of the values that are lists, the last list varying fastest.

    Raises:
        ValueError: an empty list, or a table where a value is expected.
    """
    choices: list[list[Any]] = []
    for (table, key), value in settings.items():
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(one, Value) for one in values):
            raise ValueError(f"{table}.{key} = {value!r}: expected a value or a list of values")
        choices.append(values)
    return [dict(zip(settings, chosen, strict=True)) for chosen in itertools.product(*choices)]


def varying(grid: Sequence[Settings]) -> list[dict[str, Any]]:
    """What sets each combination apart: the keys that vary, dotted, with its values."""
    keys = [key for key in grid[0] if any(one[key] != grid[0][key] for one in grid)]
    return [{".".join(key): one[key] for key in keys} for one in grid]


def experiment(settings: Settings, recipe: Recipe | None = None) -> Experiment:
    """Make one experiment of settings without lists; ``recipe`` is what its tables change.

    Raises:
        ValueError: an unknown key, a value of the wrong type or out of its range, with its name.
    """
    tables: dict[str, dict[str, Any]] = {}
    for (table, key), value in settings.items():
        tables.setdefault(table, {})[key] = value
    front_end = _recipe(recipe or Recipe(), tables)
    model = tables.get("model", {})
    head = _filled("model", Head(), {k: v for k, v in model.items() if k not in ("backbone", "weights")})
    known = {k: v for k, v in model.items() if k in ("backbone", "weights")}
    network = _filled("model", Network(head=head), known)
    return Experiment(
        _filled("data", Data(), tables.get("data", {})),
        network,
        _schedule(network, tables.get("training", {})),
        _filled("augmentation", Augmentation(), tables.get("augmentation", {})),
        front_end,
    )


def recorded(config: Mapping[str, Any]) -> Experiment:
    """The experiment of a run's config.toml; an older dslite did not write every key of today.

    Raises:
        ValueError: as ``experiment``.
    """
    settings = flat(config)
    # The seed of training dealt the parts, too, before the data had one.
    settings.setdefault(("data", "seed"), settings.get(("training", "seed"), 0))
    return experiment(settings)


def _schedule(network: Network, values: Mapping[str, Any]) -> Schedule:
    """The schedule; its default of label smoothing is that of losses which know it."""
    base = Schedule.from_scratch() if network.weights == "none" else Schedule()
    loss = values.get("loss")
    if isinstance(loss, str) and loss and check_loss(loss) not in SMOOTHING:
        base = replace(base, label_smoothing=0.0)
    return _filled("training", base, values)


def _recipe(recipe: Recipe, tables: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """The recipe with the changes of its tables; the core says what is wrong with them."""
    changes = {
        name.removeprefix("recipe."): dict(t) for name, t in tables.items() if name.startswith("recipe.")
    }
    try:
        return with_changes(recipe, changes) if changes else recipe
    except (ValueError, TypeError) as error:
        raise ValueError(f"recipe: {error}") from error


def _filled(table: str, defaults: Part, values: Mapping[str, Any]) -> Part:
    """``defaults``, a dataclass, with ``values`` of its fields."""
    types = {one.name: getattr(defaults, one.name) for one in fields(defaults)}  # type: ignore[arg-type]
    types.pop("head", None)
    if unknown := sorted(set(values) - set(types)):
        raise ValueError(f"{table}: unknown {shorten(unknown)}; expected one of {', '.join(types)}")
    checked = {key: _typed(f"{table}.{key}", value, types[key]) for key, value in values.items()}
    try:
        return replace(defaults, **checked)  # type: ignore[type-var]
    except ValueError as error:
        raise ValueError(f"{table}: {error}") from error


def _typed(name: str, value: Any, default: Any) -> Any:
    """``value`` in the type of its default; a whole number is a float too, and nothing else bends."""
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, str) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # test = 5: a value of a column, whose cells are text
    if type(value) is not type(default):
        kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
        raise ValueError(f"{name} = {value!r}: expected {kinds[type(default)]}")
    return value
