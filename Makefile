# Landbridge: few verbs. `make demo` and `make test` install what is missing themselves.

PYTHON := /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
LANDBRIDGE := $(BIN)/landbridge
INSTALLED := $(VENV)/.installed

.PHONY: demo up down test unit network lint format bench install clean

demo: install
	@$(LANDBRIDGE) demo

up: install
	@$(LANDBRIDGE) up

down: install
	@$(LANDBRIDGE) down

# Everything: style, types, imports, fast tests, then the tests that make networks.
test: install lint unit network

unit: install
	$(BIN)/pytest -q -n 2 tests/unit tests/api tests/house

network: install
	$(BIN)/pytest -q tests/network

lint: install
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

bench: install
	PYTHONPATH=tests $(BIN)/python -m bench.run

install: $(INSTALLED)
	@packaging/install-packages

$(INSTALLED): requirements/dev.txt pyproject.toml packaging/install-packages
	@packaging/install-packages
	@echo "Installing the Python requirements into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) build src/*.egg-info
