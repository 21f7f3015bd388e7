#!/usr/bin/env bash
# Runs one phase alone in the current study: what a DVC stage calls. Usage: phase.sh PHASE
set -euo pipefail
code=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export SNAKEMAKE_PROFILE="${SNAKEMAKE_PROFILE:-$code/profiles/local}"
synpriv evict "$1"
exec snakemake --snakefile "$code/workflow/rules/$1.smk"
