# Two commands on a fresh clone: `make demo` and `make test`. Nothing is needed but Python and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Tests start Python hundreds of times; where an environment forbids bytecode, each would compile all anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint types contracts check mutants catalogue soak clean-runs bench bench-isolation bench-wallet wallet-table clean constraints bench-migrations bench-catalog bench-audit bench-edge bench-load kills

demo: $(STAMP)
	cd fixtures/readiness_reference && "$(CURDIR)/$(BIN)/pytest" --readiness --readiness-report="$(CURDIR)/readiness-report"

test: $(STAMP) check
	$(BIN)/pytest -n 3 --ignore=tests/catalogue

check: lint types contracts

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

# Every mutant and every mend; `make test` has one mutant of each check, and a third of the mends.
mutants: $(STAMP)
	READINESS_MUTANTS=all $(BIN)/pytest -n 2 tests/reference tests/run/test_mend.py

# Which mutant of the services is killed by what, written into docs.
kills: $(STAMP)
	PYTHONPATH=tests $(BIN)/python tests/kill_matrix.py docs/kill-matrix.md

catalogue: $(STAMP)
	$(BIN)/pytest -n 2 --durations=5 tests/catalogue

# Other schemas each time; READINESS_SOAK is the number of them for each property.
soak: $(STAMP)
	READINESS_SOAK=$${READINESS_SOAK:-60} $(BIN)/pytest -n 2 --durations=5 tests/properties tests/gather/test_hostile_targets.py

# The sound services, time after time; READINESS_RUNS is how often.
clean-runs: $(STAMP)
	$(BIN)/python -m benchmarks.clean_runs $${READINESS_RUNS:-20}

bench: $(STAMP)
	$(BIN)/python -m benchmarks

bench-edge: $(STAMP)
	$(BIN)/python -m benchmarks.edge

bench-isolation: $(STAMP)
	$(BIN)/python -m benchmarks.isolation

bench-wallet: $(STAMP)
	$(BIN)/python -m benchmarks.wallet

wallet-table: $(STAMP)
	$(BIN)/python -m benchmarks.wallet_table

bench-load: $(STAMP)
	$(BIN)/python -m benchmarks.load

bench-migrations: $(STAMP)
	$(BIN)/python -m benchmarks.migrations

bench-catalog: $(STAMP)
	$(BIN)/python -m benchmarks.catalog

bench-audit: $(STAMP)
	$(BIN)/python -m benchmarks.audit

$(STAMP): pyproject.toml constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded,emulated,manifests,services,static]' --group dev
	touch $(STAMP)

# Pins for all supported versions of Python: run once with each, and merge by hand where they differ.
constraints: $(STAMP)
	$(BIN)/python -m pip freeze --exclude-editable

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist readiness-report
