# The only task runner. It needs make and Python 3.11 or newer; PYTHON=python3.12 chooses another one.
PYTHON ?= python3
VENV   ?= .venv
BUILD  ?= build
WORKERS ?= 2

BIN      = $(VENV)/bin
AUDITCTL = $(BIN)/auditctl

# Stamps: an environment is made once for each PYTHON, and installed again when the metadata changed.
NAME      = $(subst /,_,$(PYTHON))
ENV       = $(VENV)/made-with-$(NAME)
INSTALLED = $(VENV)/installed
TEST      = $(VENV)/installed-test
LINT      = $(VENV)/installed-lint
METADATA  = setup.cfg pyproject.toml

PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test lint bench fuzz rules pyz format clean

help:
	@echo "make demo    audit examples/acme, print the report, verify the bundle with a bare Python"
	@echo "make test    run every test"
	@echo "make lint    style, types, direction of imports"
	@echo "make bench   measure, print the table, write $(BUILD)/bench.json"
	@echo "make fuzz    longer differential and hostile runs (SCALE=10)"
	@echo "make rules   the rules of AWS that are tested, each with the mutation that its cases notice"
	@echo "make pyz     the checker as one file, $(BUILD)/checkers.pyz"
	@echo "make format  format the code"
	@echo "make clean   remove what make made"

$(ENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@echo "making the virtual environment $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(INSTALLED): $(ENV) $(METADATA)
	@echo "installing auditctl"
	@$(PIP) install --editable .
	@touch $@

$(TEST): $(ENV) $(METADATA)
	@echo "installing auditctl and what its tests need"
	@$(PIP) install --editable '.[test]'
	@touch $@ $(INSTALLED)

$(LINT): $(ENV) $(METADATA)
	@echo "installing auditctl and the linters"
	@$(PIP) install --editable '.[lint]'
	@touch $@ $(INSTALLED)

ACME = examples/acme
# The example has violations: an audit that finds none has failed. The verdicts, one line for each claim, are in
# $(BUILD)/acme.txt.
demo: $(INSTALLED)
	@mkdir -p $(BUILD)
	$(AUDITCTL) check $(ACME)/snapshot --controls policies --controls $(ACME)/controls \
	    --parameters $(ACME)/parameters.yaml --waivers $(ACME)/waivers.yaml --bundle $(BUILD)/acme.audit; test $$? -eq 1
	$(PYTHON) -I -S -O checkers $(BUILD)/acme.audit > $(BUILD)/acme.txt; code=$$?; tail -n 2 $(BUILD)/acme.txt; exit $$code

# What decides thousands of claims or requests: no branch of the checker is covered by these alone, and measuring
# coverage would double their time. `loadgroup` keeps what shares a long computation in one process.
LONG = tests/collect tests/dumps tests/planned tests/semantics/test_mutations.py $(addprefix tests/test_, $(addsuffix .py, acme agreement bench question simulate snapshot_slices tampering)) \
    $(addprefix tests/network/test_, $(addsuffix .py, agreement generator hostile lateral_agreement smt tampering))
test: $(TEST)
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term --durations=25 $(addprefix --ignore=, $(LONG))
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --durations=10 $(LONG)

lint: $(LINT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(TEST)
	@mkdir -p $(BUILD)
	$(BIN)/python tests/bench

# The tests that read AUDITCTL_FUZZ run that many times longer.
SCALE ?= 10
fuzz: $(TEST)
	AUDITCTL_FUZZ=$(SCALE) $(BIN)/python -m pytest -n $(WORKERS) $$(grep -rl --include='test_*.py' AUDITCTL_FUZZ tests)

rules: $(TEST)
	$(BIN)/python tests/semantics

pyz:
	@mkdir -p $(BUILD)
	$(PYTHON) -c 'from pathlib import Path; from auditctl.pyz import build_pyz; build_pyz(Path("$(BUILD)/checkers.pyz"))'

format: $(LINT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(BUILD) .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache *.egg-info
