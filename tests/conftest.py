"""What several tests share: where the real recordings lie, and signals that are hard in known ways."""

import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from command_line import dslite
from cpp_builds import Machine, build
from real_data import data_folder

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.hookimpl(tryfirst=True)  # before hypothesis reads it
def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed of hypothesis here, where it can be printed."""
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Where something failed, say how to draw the same examples again."""
    if exitstatus:
        seed = terminalreporter.config.getoption("hypothesis_seed")
        terminalreporter.write_line(
            f"examples drawn by hypothesis: the same again by --hypothesis-seed={seed}"
        )


@pytest.fixture(autouse=True, scope="session")
def cache_of_the_session(tmp_path_factory) -> Iterator[None]:
    """Keep what trainings put into the cache apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSLITE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def esc10() -> Path:
    return data_folder("esc10")


@pytest.fixture(scope="session")
def emodb() -> Path:
    return data_folder("emodb")


@pytest.fixture(scope="session")
def cpp_build(tmp_path_factory) -> Path:
    """What is shipped, its C++ tests and dslite-run, built without Python."""
    folder = tmp_path_factory.mktemp("cpp")
    return build(folder, "release", "-DDSLITE_BUILD_TESTS=ON", "-DDSLITE_STRICT=ON")


@pytest.fixture(scope="session")
def cross_build(tmp_path_factory) -> Callable[..., Path]:
    """Builds all that is shipped to another machine, and its tests, or one target of these, once."""

    @cache
    def build_for(machine: Machine, target: str = "all") -> Path:
        machine.require_compiler()
        folder = tmp_path_factory.mktemp(machine.preset)
        settings = ("-DDSLITE_BUILD_TESTS=ON", "-DDSLITE_STRICT=ON", *machine.settings)
        return build(folder, machine.preset, *settings, target=target)

    return build_for


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that one run of ``dslite demo`` filled, and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "dslite-demo"
    result = dslite("demo", "-o", folder)
    assert result.returncode == 0, result.stderr
    return folder, result.stdout


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of three classes whose network has not learnt much."""
    from small_runs import write_recordings, write_run

    folder = tmp_path_factory.mktemp("runs")
    return write_run(folder / "small", write_recordings(folder / "audio"))
