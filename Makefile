# make demo   set up an environment and go the whole way on embedded data
# make test   set up and pass the tests: a few minutes
# make quick  those that train nothing and start nothing: within a minute, while one works
# make test-slow  the others: those that are slow, or need real images in SACCADE_DATA_HOME
# make coverage  which lines no test of `make test` runs; fails below 94% (takes half as long again)
# make check  lint, types, rules of the house

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# a machine may forbid it, and then each of the tests' processes compiles Saccade anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test quick test-slow coverage check format clean

demo: $(VENV)/installed
	$(BIN)/saccade demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "not slow and not real_data" $(PYTEST)

quick: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -n auto -m "not heavy and not slow and not real_data"

test-slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "slow or real_data" $(PYTEST)

coverage: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -n auto -m "not slow and not real_data" --cov --cov-fail-under=94

check: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV)

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Saccade needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".[serve]" --group dev
	@touch $@
