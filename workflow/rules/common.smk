# What every rule file shares. The plan (pipeline/engine/plan.py) knows every job; the rules only ask it.
import os
import shlex
import sys

from snakemake.exceptions import WorkflowError

from pipeline.engine.command import argument
from pipeline.core.devices import gpus
from pipeline.core.errors import SynprivError
from pipeline.engine.plan import Plan
from pipeline.engine.closure import digest_code

# `synpriv` of the environment that runs Snakemake, activated or not
shell.prefix(f"export PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; ")

try:
    PLAN = Plan.here()
    PLAN.jobs
except SynprivError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    slide=PLAN.pattern(*PLAN.slides),
    translator=PLAN.pattern(*PLAN.study.translate),
    arm=PLAN.pattern(*PLAN.study.pretrain.arms),
    seed=r"-?\d+",


def inputs(rule):
    """The files that the job of `rule` reads, by its wildcards."""
    return lambda wildcards: PLAN.job(rule, *wildcards).inputs


def spec(rule):
    """The job of `rule` as the command's --spec, by its wildcards."""
    return lambda wildcards: argument(PLAN.job(rule, *wildcards))
