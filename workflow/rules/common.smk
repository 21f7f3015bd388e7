# What every rule file shares. The plan of the study knows every job (pipeline/engine); the rules only ask it.
import os
import shlex
import sys

from snakemake.exceptions import WorkflowError

from pipeline.core.devices import gpus
from pipeline.core.errors import SynprivError
from pipeline.engine.rules import Rules

# `synpriv` of the environment that runs Snakemake, activated or not
shell.prefix(f"export PATH={shlex.quote(os.path.dirname(sys.executable))}:$PATH; ")

try:
    RULES = Rules.here(ancient)
except SynprivError as error:
    raise WorkflowError(str(error)) from None

inputs, outputs, spec, code = RULES.inputs, RULES.outputs, RULES.spec, RULES.code
logged, timed, targets = RULES.log, RULES.benchmark, RULES.plan.phase_targets


# Told before anything runs, and not where the jobs that need them are not to be run, or not here; a job asks again.
onstart:
    # With a limit on starts, here 100 per second by default, Snakemake 9 looks for work once a second more for every job
    # that it ever started: half a core after some hundred. `cores` and `jobs` are limits enough.
    workflow.scheduler.job_rate_limiter = None
    if workflow.is_main_process and workflow.local_exec:
        try:
            RULES.require_devices(
                str(file)
                for job in workflow.dag.needrun_jobs()
                for file in job.output
            )
        except SynprivError as error:
            raise WorkflowError(str(error)) from None


wildcard_constraints:
    **RULES.constraints(),


def mb(first):
    """Megabytes of memory: `first`, and as much again after every job that was killed."""
    return lambda wildcards, attempt: first * attempt


def gpu(wildcards):
    """One GPU where the job finds one: on a cluster, or on a machine that has some."""
    return 1 if workflow.non_local_exec else min(1, gpus())


def gpu_with(model):
    """One GPU, as above, for a job that applies the `model` it reads; none where it reads none."""
    return lambda wildcards: gpu(wildcards) if model(wildcards) else 0


def all_gpus(rule):
    """The GPUs of a job where it finds some, as above; on several nodes Slurm counts them by node, not in all."""
    devices, nodes = RULES.devices(rule), RULES.nodes(rule)
    return lambda w: (
        0 if nodes(w) > 1 and workflow.non_local_exec else gpu(w) and devices(w)
    )


def of_nodes(rule):
    """What sbatch is told of a job on several nodes beside their number: the GPUs of each."""
    devices, nodes = RULES.devices(rule), RULES.nodes(rule)
    return lambda w: f"--gpus-per-node={devices(w)}" if nodes(w) > 1 else ""


def of_each_node(rule):
    """Tasks of a job: one on each of several nodes, for Slurm takes no more nodes than tasks; else as Slurm has it."""
    nodes = RULES.nodes(rule)
    return lambda w: n if (n := nodes(w)) > 1 else 0
