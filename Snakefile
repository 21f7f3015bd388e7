# Everything: the union of the phases' rule files. `snakemake --cores all` makes the report.
report: "workflow/report/workflow.rst"


include: "workflow/rules/tile.smk"
include: "workflow/rules/normalize.smk"
include: "workflow/rules/translate.smk"
include: "workflow/rules/synthesize.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        "results/report/index.json",
        "results/report/index.html",
        "results/metrics.json",
        "results/figures.csv",
