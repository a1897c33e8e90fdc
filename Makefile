# Landbridge: few verbs. `make demo` and `make test` install what is missing themselves.

PYTHON := /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
LANDBRIDGE := $(BIN)/landbridge
INSTALLED := $(VENV)/.installed

.PHONY: demo up down test unit datapath-check network test-kernel lint format bench install clean

demo: install
	@$(LANDBRIDGE) demo

up: install
	@$(LANDBRIDGE) up

down: install
	@$(LANDBRIDGE) down

# Everything: style, types, imports, fast tests, then the tests that make networks.
test: install lint unit datapath-check network

unit: install
	@packaging/install-packages test
	$(BIN)/pytest -q -n 2 tests/unit tests/api tests/house

# The data path's own tests, under the address and undefined-behaviour sanitizers.
datapath-check: install
	@$(MAKE) --no-print-directory -C datapath check

network: install
	$(BIN)/pytest -q -n 2 tests/datapath
	$(BIN)/pytest -q tests/interoperation tests/network

# Tests that make networks, with the kernel's ESP and against it: in a machine whose kernel has it.
# That machine is emulated, hence slow: nothing is compiled or loaded there that need not be, and of
# tests/network what takes least time. All of it: make test-kernel KERNEL_TESTS=tests/network
KERNEL_TESTS := tests/network/test_getting_started.py tests/interoperation
test-kernel: install
	@$(BIN)/python -m compileall -q src tests
	tests/kernel/machine.py --seconds 1200 \
		env LANDBRIDGE_ESP=kernel LANDBRIDGE_TEST_SLOWNESS=10 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 \
		$(BIN)/pytest -v --durations=10 -p no:cacheprovider $(KERNEL_TESTS)
	@# libreswan is there now, and can say what it thinks of its files.
	$(BIN)/pytest -q tests/unit/devices/test_libreswan.py

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
	@$(MAKE) --no-print-directory --silent -C datapath

$(INSTALLED): requirements/dev.txt pyproject.toml packaging/install-packages
	@packaging/install-packages
	@echo "Installing the Python requirements into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) build datapath/build src/*.egg-info
