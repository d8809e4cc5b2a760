# make demo   set up an environment and go the whole way on embedded data
# make test   set up and pass the tests: four minutes
# make quick  those that train nothing and start nothing: within a minute, while one works
# make test-slow  the others: those that are slow, or need real images in SACCADE_DATA_HOME
# make test-long  deep networks, and every recipe and page: before a release with real images, and every week without
# make integrations  installs what the tests of integrations need (1.4 GB), which `make test` else skips
# make coverage  which lines no test of `make test` runs; fails below 91% (takes half as long again)
# make check  lint, types, rules of the house
# make docs   the site in docs/_build/html, warnings as errors; runs the tutorials, but for TUTORIALS=no
# make pictures  takes the pictures of docs/images anew; PICTURES="train label" some of them
# make release-check  sdist and wheel, the wheel in an empty environment, the demo, the long description
# make lock   resolves requirements/ci.txt anew: what continuous integration installs; make LOCKED=1 … installs from it

PYTHON ?= python3
# whose empty environment the wheel is tried in
EMPTY_PYTHON ?= $(PYTHON)
VENV := .venv
BIN := $(VENV)/bin

# a machine may forbid it, and then each of the tests' processes compiles Saccade anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test quick test-slow test-long integrations coverage check format docs pictures release-check lock clean

demo: $(VENV)/installed
	$(BIN)/saccade demo

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "not slow and not real_data" $(PYTEST)

quick: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -n auto -m "not heavy and not slow and not real_data"

test-slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "(slow or real_data) and not long" $(PYTEST)

test-long: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m long $(PYTEST)

integrations: $(VENV)/installed-integrations

coverage: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -n auto -m "not slow and not real_data" --cov --cov-fail-under=91

check: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/installed-docs
	rm -rf docs/_build docs/tutorials_built docs/tutorials/runs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	$(BIN)/python docs/_ext/check_links.py docs/_build/html

pictures: $(VENV)/installed-dev
	$(BIN)/python tools/docs_pictures.py $(PICTURES)

release-check: $(VENV)/installed-release
	rm -rf dist && $(BIN)/python -m build --outdir dist
	$(BIN)/python -m twine check --strict dist/*
	rm -rf dist/empty && $(EMPTY_PYTHON) -m venv dist/empty
	dist/empty/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	dist/empty/bin/python -m pip install --quiet dist/saccade-*.whl
	cd dist && empty/bin/saccade --version && empty/bin/saccade demo --runs demo

lock: $(VENV)/installed-release
	$(BIN)/python -m uv pip compile --universal --upgrade --generate-hashes --no-annotate --python-version 3.11 --quiet \
		--no-emit-index-url --no-emit-find-links --extra serve --group dev --group docs --group release \
		--custom-compile-command "make lock" pyproject.toml --output-file requirements/ci.txt

clean:
	rm -rf $(VENV) docs/_build docs/tutorials_built dist

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Saccade needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
ifdef LOCKED
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/ci.txt
endif
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".[serve]" --group dev
	@touch $@

$(VENV)/installed-integrations: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --editable ".[serve,lite2,litert,openvino]" --group integrations
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".[serve]" --group docs
	@touch $@

$(VENV)/installed-release: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --group release
	@touch $@
