import tomllib
from pathlib import Path

import pytest

from saccade.core.errors import EXTRAS, not_installed, unknown

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("package", EXTRAS)
def test_what_to_install_is_what_the_project_has(package):
    every = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    known = " ".join(name for names in every for name in names)
    assert all(name in known for name in EXTRAS[package])
    assert str(not_installed(f"{package}.inside")).startswith(f"{package} is not installed. Try: pip install ")


def test_the_small_distribution_serves_with_the_same_packages():
    runtime = Path(__file__).parents[2] / "runtime" / "pyproject.toml"
    small = tomllib.loads(runtime.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert small["serve"] == PROJECT["optional-dependencies"]["serve"]


def test_a_package_of_the_whole_tool_says_to_install_the_whole():
    assert "the whole of Saccade" in str(not_installed("pydantic"))


def test_a_small_machine_is_told_what_reads_tables():
    assert str(not_installed("polars.series")).endswith("Try: pip install polars")


def test_of_many_names_none_is_told_where_none_is_near_but_where_all_are():
    many = [f"name-{number}" for number in range(100)]
    assert str(unknown("thing", "zzz", many, more="See the list.")) == "There is no thing 'zzz'. See the list."
    assert str(unknown("thing", "nam-7", many, more="See the list.")).endswith("Did you mean 'name-7'?")
    assert str(unknown("thing", "zzz", ["a", "b"], more="See the list.")).endswith("Known: a, b.")
