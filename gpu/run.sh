#!/usr/bin/env bash
# The gate in a container that has the runner's GPU. Folders are mounted under the paths that they have on the runner, so that no path in
# the environment needs a translation; the container runs as the runner's user, so that no file of it belongs to root.
set -euo pipefail

arguments=(--rm --init --gpus "$DOCKER_GPUS" --network host --user "$(id -u):$(id -g)" --env HOME=/tmp)
for folder in "$GITHUB_WORKSPACE" "$RUNNER_TEMP"; do
  arguments+=(--volume "$folder:$folder")
done
arguments+=(--workdir "$GITHUB_WORKSPACE")

# By name only: values stay out of the process list.
while IFS= read -r name; do
  case $name in
    INPUT_* | GITHUB_* | RUNNER_* | ACTIONS_ID_TOKEN_* | PERFAGENT_* | K6_* | AWS_* | AZURE_* | OPENAI_* | CI) arguments+=(--env "$name") ;;
    HTTP_PROXY | HTTPS_PROXY | NO_PROXY | http_proxy | https_proxy | no_proxy) arguments+=(--env "$name") ;;
  esac
done < <(compgen -e)

while IFS= read -r argument; do
  if [[ -n $argument ]]; then arguments+=("$argument"); fi
done <<< "$DOCKER_ARGUMENTS"

exec docker run "${arguments[@]}" "$DOCKER_IMAGE" run
