# make demo, make test, make lint: each creates the environment it needs.
PYTHON ?= python3
SUITABLE := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
VENV := $(CURDIR)/.venv
export PATH := $(VENV)/bin:$(PATH)
export OMP_NUM_THREADS ?= 1
.PHONY: demo test test-slow bench lint format clean
.DEFAULT_GOAL := demo

demo: $(VENV)/ready  ## The whole pipeline on the simulated cohort
	snakemake --profile profiles/local
	@echo "Report: $(CURDIR)/results/report/index.html"

test: $(VENV)/ready  ## The fast tests
	pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(VENV)/ready  ## The tests that take minutes
	pytest -n 2 --dist loadfile -m slow

bench: $(VENV)/bench  ## Speed, as ratios measured in one run: results/benchmarks/*.json
	python -m tests.benchmarks

lint: $(VENV)/ready  ## Style, types and workflow
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-cache
	snakefmt --check Snakefile workflow/rules
	snakemake --cores 1 --dry-run --quiet all >/dev/null
	@# All it says is a lint of a rule, of which the wish for containers is none; whatever else it prints is a crash.
	@said=$$(snakemake --lint 2>&1); \
	other=$$(printf '%s\n' "$$said" | grep -vE '^(Lints for |Congratulations| {6}|$$)|conda environment or container'); \
	if [ -n "$$other" ] || [ -z "$$said" ]; then printf 'snakemake --lint:\n%s\n' "$$other"; exit 1; fi

format: $(VENV)/ready
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow/rules

clean:  ## Products of the study in this folder, not the environment
	rm -rf data/phantom data/tiles data/normalized data/privileged models results logs benchmarks scratch .snakemake

$(VENV)/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c '$(SUITABLE)' 2>/dev/null || { echo "SynPriv needs Python 3.11, 3.12 or 3.13 with venv;" \
	  "$(PYTHON) is: $$($(PYTHON) --version 2>&1 | tail -n 1). Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --disable-pip-version-check -r requirements.txt
	pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/bench: $(VENV)/ready
	pip install --quiet --disable-pip-version-check --constraint requirements.txt --editable '.[bench]'
	touch $@
