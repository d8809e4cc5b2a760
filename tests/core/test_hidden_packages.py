import importlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from saccade.core.hidden_packages import without_packages


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return the name of a module that can be imported, and is not yet."""
    name = "a_module_of_this_test"
    (tmp_path / f"{name}.py").write_text("ANSWER = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    sys.modules.pop(name, None)


def test_a_hidden_module_is_not_found_and_afterwards_it_is(module):
    with without_packages([module]), pytest.raises(ImportError, match="not needed here"):
        importlib.import_module(module)
    assert importlib.import_module(module).ANSWER == 42


def test_other_threads_find_it_as_ever(module):
    with without_packages([module]), ThreadPoolExecutor(1) as other:
        assert other.submit(importlib.import_module, module).result().ANSWER == 42


def test_an_empty_module_can_be_imported_and_holds_nothing(module):
    with without_packages([], empty=[module]):
        assert not hasattr(importlib.import_module(module), "ANSWER")


def test_a_module_that_is_there_already_stays(module):
    importlib.import_module(module)
    with without_packages([module]):
        assert importlib.import_module(module).ANSWER == 42


@pytest.mark.heavy
@pytest.mark.slow
def test_a_command_loads_keras_without_the_packages_that_only_others_use():
    code = (
        "import sys\nfrom saccade.core import backend, preloading\nbackend.load_ahead(alone=True)\n"
        "keras = preloading._running.result(200)\n"
        "assert not {'pandas', 'sklearn', 'scipy.stats', 'matplotlib.pyplot'} & set(sys.modules)\n"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse')\nmodel.fit(*map(keras.ops.numpy.ones, [(4, 2), (4, 1)]), verbose=0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
