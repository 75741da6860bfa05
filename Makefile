# Everything sets itself up on a fresh machine: Python 3.11+, venv, git and make are all that must be there.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types imports unit bench clean

demo: $(VENV)/.demo
	$(BIN)/perfagent demo $(if $(CHANGE),--change $(CHANGE))

# Processes that load and are loaded need the machine to themselves, so the end-to-end tests run one at a time.
test: $(VENV)/.dev lint types imports
	$(BIN)/python -m pytest -q -n 2 tests/unit tests/contracts tests/pipeline
	$(BIN)/python -m pytest -q tests/e2e

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -q tests/unit tests/contracts

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python requirements/demo.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/demo.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(BIN)/python requirements/dev.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) .cache
