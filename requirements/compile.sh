#!/bin/sh
# Refresh the locks after a change of pyproject.toml. They carry hashes and no download addresses.
set -eu
cd "$(dirname "$0")/.."
compile="${VENV:-.venv}/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host"
unset PIP_FIND_LINKS || true
$compile --extra demo --extra code --output-file requirements/demo.txt pyproject.toml requirements/tools.in "$@"
$compile --extra demo --extra code --extra hosts --extra aws --extra azure --extra llm --extra dev --constraint requirements/demo.txt --output-file requirements/dev.txt pyproject.toml requirements/tools.in "$@"
$compile --extra hosts --extra aws --extra azure --extra code --extra llm --output-file requirements/image.txt pyproject.toml "$@"
$compile --output-file requirements/build.txt requirements/build.in "$@"
$compile --output-file requirements/llama-needs.txt requirements/llama-needs.in "$@"
