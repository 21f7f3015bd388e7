# Everything: the union of the phases' rule files. `snakemake --cores all` makes the report.
from snakemake.utils import min_version

min_version("9.18")


report: "workflow/report/workflow.rst"


include: "workflow/rules/tile.smk"
include: "workflow/rules/normalize.smk"
include: "workflow/rules/translate.smk"
include: "workflow/rules/synthesize.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/segment.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        RULES.plan.targets(),
