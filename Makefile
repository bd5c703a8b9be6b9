# `make check` runs the main job, `make test` the tests; both set up .venv once.
#
#   make check SECONDS=10          a shorter fuzzing burst
#   make check PYTHON=python3.12   another interpreter
#   make lock                      choose the development versions anew

PYTHON ?= python3
VENV ?= .venv
SECONDS ?= 60
BIN := $(VENV)/bin
# Named by what it was made from, so that a change of either makes a new set-up.
READY := $(VENV)/.ready-$(shell cat pyproject.toml requirements-dev.txt | cksum | cut -d' ' -f1)

.PHONY: check test lock clean

check: $(READY)
	$(BIN)/flatview check --seconds $(SECONDS)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "needs Python 3.11 to 3.13; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)

lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra bench --universal --generate-hashes \
		--python-version 3.11 --custom-compile-command "make lock" -o requirements-dev.txt

clean:
	rm -rf $(VENV) build *.egg-info
