# The commands of this project. `make setup` is implied by all of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := 0.13.9

.PHONY: setup lock demo serve test check bench clean

setup: $(READY)

# uv installs the lock in parallel; where it cannot reach the index, pip does the same more slowly.
$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; v = sys.version_info[:2]; sys.exit(not (3, 11) <= v <= (3, 13) and "Python 3.11 to 3.13 is needed, not %d.%d: set PYTHON=" % v)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV)
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.lock \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Resolve pyproject.toml anew: every platform and Python it names, versions only.
lock:
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --all-extras --group dev \
	  --no-header --no-annotate pyproject.toml -o requirements.lock

demo: setup
	@$(BIN)/escalation demo

serve: setup
	@$(BIN)/escalation serve

test: setup
	@$(BIN)/python -m tests

check: setup
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/basedpyright --warnings
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest tests/architecture

bench: setup
	@$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .web .states build
