# make demo, make test, make lint: each creates the environment it needs.
PYTHON ?= python3
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

bench: $(VENV)/ready  ## Speed, as ratios measured in one run: results/benchmarks/*.json
	pip install --quiet --disable-pip-version-check --constraint requirements.txt --editable '.[bench]'
	python -m tests.benchmarks

lint: $(VENV)/ready  ## Style, types and workflow
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow/rules
	snakemake --cores 1 --dry-run --quiet all >/dev/null
	@! snakemake --lint 2>&1 | grep -E '^    \* ' | grep -v 'conda environment or container'

format: $(VENV)/ready
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow/rules

clean:  ## Products of the study in this folder, not the environment
	rm -rf data/phantom data/tiles data/normalized data/privileged models results logs benchmarks scratch .snakemake

$(VENV)/ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --disable-pip-version-check -r requirements.txt
	pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@
