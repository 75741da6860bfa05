# syntax=docker/dockerfile:1
# The gate in one image. Targets: `cpu` (default), `llama` (llama.cpp on the CPU), `cuda` (llama.cpp for compute capability 8.9).
#
#   make image              or: docker build --target cpu --tag perfagent .
#
# No USER: GitHub runs container actions as root, into a workspace of the runner's user (to whom perfagent gives its files back). Started
# with another user and a read-only root it works too, given a writable /tmp.
ARG PYTHON_IMAGE=docker.io/library/python:3.12.12-slim-bookworm
ARG K6_IMAGE=docker.io/grafana/k6:2.2.0
ARG CUDA_BUILD_IMAGE=docker.io/nvidia/cuda:12.6.3-devel-ubuntu24.04
ARG CUDA_RUN_IMAGE=docker.io/nvidia/cuda:12.6.3-runtime-ubuntu24.04

FROM ${K6_IMAGE} AS k6

# The wheel, and what it needs, by hash.
FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements/build.txt requirements/image.txt requirements/
RUN python -m venv /opt/build && /opt/build/bin/pip install --quiet --require-hashes -r requirements/build.txt \
 && python -m venv /opt/perfagent && /opt/perfagent/bin/pip install --quiet --require-hashes -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY perfagent perfagent
COPY examples/shop examples/shop
COPY k6 k6
# Bytecode is compiled here: at run time nobody may be able to write it. Tests that packages bring along are no use there.
RUN /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/perfagent/bin/pip install --quiet --no-deps --no-index dist/*.whl \
 && rm -rf /opt/perfagent/lib/python3.12/site-packages/pip /opt/perfagent/lib/python3.12/site-packages/pip-*.dist-info /opt/perfagent/bin/pip* \
 && find /opt/perfagent -type d \( -name tests -o -name test \) -path '*/site-packages/*' -prune -exec rm -rf {} + \
 && /opt/perfagent/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/perfagent/lib

# What runs, but for llama.cpp.
FROM ${PYTHON_IMAGE} AS cpu
ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.title="perfagent" \
      org.opencontainers.image.description="Load-tests a change with k6, decides by statistics, explains with evidence, blocks the merge." \
      org.opencontainers.image.source="https://github.com/perfagent/perfagent" \
      org.opencontainers.image.documentation="https://github.com/perfagent/perfagent/blob/main/README.md" \
      org.opencontainers.image.licenses="Apache-2.0 AND AGPL-3.0-only" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# git for revisions and worktrees, ssh for CircleCI's checkout, bash for the runners' own shells, libgomp for faiss.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bash ca-certificates git libgomp1 openssh-client \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/* \
 && git config --system --add safe.directory '*'
COPY NOTICE.md LICENSE /usr/share/doc/perfagent/
COPY --from=k6 /usr/bin/k6 /usr/bin/k6
COPY --from=build /opt/perfagent /opt/perfagent
# HOME is of no use to an unknown user; what matplotlib, git and k6 would keep there may be lost.
ENV PATH=/opt/perfagent/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/perfagent-matplotlib \
    LANG=C.UTF-8
ENTRYPOINT ["/opt/perfagent/bin/perfagent"]
CMD ["--help"]

FROM ${PYTHON_IMAGE} AS llama-wheel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential cmake ninja-build && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements/llama.txt requirements/llama-needs.txt requirements/
# GGML_NATIVE=OFF: the image must run on other machines than the one that builds it. It still wants AVX2 and FMA.
RUN CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF" \
    pip wheel --quiet --no-deps --require-hashes --wheel-dir /wheels -r requirements/llama.txt -r requirements/llama-needs.txt

FROM cpu AS llama
RUN --mount=type=bind,from=llama-wheel,source=/wheels,target=/wheels \
    pip --python /opt/perfagent/bin/python install --quiet --no-cache-dir --no-deps --no-index --no-compile /wheels/*.whl \
 && /opt/perfagent/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/perfagent/lib/python3.12/site-packages/llama_cpp

# The GPU target stands on NVIDIA's image, with the same Python and perfagent copied in.
FROM ${CUDA_BUILD_IMAGE} AS cuda-wheel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 DEBIAN_FRONTEND=noninteractive
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential cmake ninja-build libffi8 libssl3t64 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local /usr/local
WORKDIR /src
COPY requirements/llama.txt requirements/llama-needs.txt requirements/
# 8.9 is Ada (RTX 4070, L4). The driver's libcuda is a stub here and the runner's own at run time.
RUN ldconfig \
 && ln -s /usr/local/cuda/lib64/stubs/libcuda.so /usr/local/cuda/lib64/stubs/libcuda.so.1 \
 && LD_LIBRARY_PATH=/usr/local/cuda/lib64/stubs \
    CMAKE_ARGS="-DGGML_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=89 -DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF" \
    python3.12 -m pip wheel --quiet --no-deps --require-hashes --wheel-dir /wheels -r requirements/llama.txt -r requirements/llama-needs.txt

FROM ${CUDA_RUN_IMAGE} AS cuda
ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.title="perfagent (CUDA)" \
      org.opencontainers.image.source="https://github.com/perfagent/perfagent" \
      org.opencontainers.image.licenses="Apache-2.0 AND AGPL-3.0-only" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bash ca-certificates git libffi8 libgomp1 libsqlite3-0 libssl3t64 openssh-client \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && git config --system --add safe.directory '*'
COPY --from=build /usr/local /usr/local
COPY --from=cpu /usr/share/doc/perfagent /usr/share/doc/perfagent
COPY --from=cpu /usr/bin/k6 /usr/bin/k6
COPY --from=cpu /opt/perfagent /opt/perfagent
RUN --mount=type=bind,from=cuda-wheel,source=/wheels,target=/wheels \
    ldconfig \
 && pip --python /opt/perfagent/bin/python install --quiet --no-cache-dir --no-deps --no-index /wheels/*.whl
ENV PATH=/opt/perfagent/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/perfagent-matplotlib \
    LANG=C.UTF-8 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
ENTRYPOINT ["/opt/perfagent/bin/perfagent"]
CMD ["--help"]

# The last target is the one that a build without --target makes.
FROM cpu
