#!/bin/sh
# Refresh the locks after a change of pyproject.toml (`pip install uv` first). They carry hashes and no download addresses.
# The tests' lock is made first and binds the others, so that what is shown and shipped is what was tested.
set -eu
cd "$(dirname "$0")/.."
unset PIP_FIND_LINKS UV_FIND_LINKS || true
compile() {
  out=$1; shift
  "${VENV:-.venv}/bin/uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --universal \
    --python-version 3.11 --custom-compile-command requirements/compile.sh --output-file "requirements/$out.txt" "$@"
}
all="--extra demo --extra code --extra hosts --extra aws --extra azure --extra llm --extra foundry --extra dev"
compile dev $all pyproject.toml requirements/tools.in
compile demo --extra demo --extra code --constraint requirements/dev.txt pyproject.toml requirements/tools.in
compile image --extra hosts --extra aws --extra azure --extra code --extra llm --constraint requirements/dev.txt pyproject.toml
compile build requirements/build.in
compile llama-needs requirements/llama-needs.in
