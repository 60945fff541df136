# Electronic payment voucher exchange hub. `make` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
RABBIT_ROOT ?= $(CURDIR)/build/rabbit-4
# Whole files go to a worker, in the order of tests/conftest.py.
SHARED := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Tests and drills start node processes by the hundred: each module is compiled once.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup check format test test-fast fault campaign seeds schemas docs demo bench soak drills compose-test rabbit4-test clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.ready: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: apt-get install python3 python3-venv" >&2; exit 3; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "python3-venv is missing: apt-get install python3-venv" >&2; exit 3; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "installing dependencies into $(VENV) (once; a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(VENV)/.ready ## Make the virtual environment and install everything into it

check: setup ## Format, lint, types, architecture, tidiness (under 20 s)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q -p no:randomly tests/unit/test_tidy.py

format: setup ## Format and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

test-fast: setup ## Pure tests only: no servers, no sockets
	@$(BIN)/pytest -q $(SHARED) tests/unit

test: setup ## All tests; installs RabbitMQ and PostgreSQL from the OS packages when missing
	@./ops/deploy/install-servers
	@$(BIN)/pytest -q $(SHARED) tests

fault: setup seeds ## Faults at length: new SEEDS of the simulator (default 20000), every fault test
	@./ops/deploy/install-servers
	@HYPOTHESIS_PROFILE=thorough GRAMMAR_SEEDS=100 $(BIN)/pytest -q -n $(WORKERS) --timeout 7200 tests/unit
	@MUTANTS_STEP=1 $(BIN)/pytest -q -n $(WORKERS) --timeout 7200 tests/fault tests/integration
	@$(MAKE) --no-print-directory campaign

campaign: setup ## FAULT_CYCLES (default 200) real faults on a loaded site, in chunks; TOTAL=file goes on
	@./ops/deploy/install-servers
	@$(BIN)/python -m tests.support.campaign --cycles $${FAULT_CYCLES:-200} --chunk 25 \
	    --total $${TOTAL:-$$(mktemp -t faults-XXXXXX.jsonl)} $(CAMPAIGN)

seeds: setup ## Seeds of the simulator that nobody has run yet (SEEDS, default 20000), then count them
	@first=$$($(BIN)/python -m tests.support.simulator.total) count=$${SEEDS:-20000}; \
	    SEED_FROM=$$first SEEDS=$$count $(BIN)/pytest -q -n $(WORKERS) --timeout 7200 \
	        tests/fault/test_simulator.py && \
	    $(BIN)/python -m tests.support.simulator.total $$first $$count $$(date -u +%F) \
	        $$(git rev-parse --short HEAD)

schemas: setup ## Write the XSDs and the page of kinds anew from the catalogue
	@$(BIN)/python -m ops.generate_xsd
	@$(BIN)/python -m ops.kinds_page

docs: schemas ## Write the generated pages of docs/reference anew
	@$(BIN)/python -m ops.reference_pages

demo: setup ## One day of payments from the finance bureau to cleared and reconciled
	@$(BIN)/hubctl demo $(DEMO)

bench: setup ## Speed and size, as JSON lines
	@$(BIN)/python -m tests.bench

soak: setup ## COUNT vouchers (default a million) through a hub on servers: none lost, cost and memory flat
	@./ops/deploy/install-servers
	@$(BIN)/python -m tests.bench.soak $(COUNT)

drills: setup ## Break a scratch site on purpose and measure: store, hub killed, hub frozen, channel, bank
	@$(BIN)/hubctl drill run restore hub-takeover hub-frozen channel-lost bank-restored

compose-test: setup ## A small day on containers: three brokers, PostgreSQL, two hubs, four parties
	@PYTHON=$(CURDIR)/$(BIN)/python ./ops/deploy/compose/test $(PAYMENTS)

rabbit4-test: setup ## The channels' tests on RabbitMQ 4 too: trixie's, in RABBIT_ROOT, which is made when missing
	@./ops/deploy/install-servers
	@./ops/deploy/rabbit-root "$(RABBIT_ROOT)"
	@HUB_RABBIT_ROOT=$(abspath $(RABBIT_ROOT)) $(BIN)/pytest -q $(SHARED) tests/contract/test_channel.py \
	    tests/integration/test_rabbit_*.py tests/fault/test_real_faults.py

clean: ## Remove the virtual environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
