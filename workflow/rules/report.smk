# One page to look at.
include: "common.smk"


localrules:
    report,


rule report:
    default_target: True
    input:
        inputs("report"),
    output:
        manifest="results/report/index.json",
        recipe="results/report/index.recipe.json",
        page=report("results/report/index.html", caption="../report/page.rst"),
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    params:
        spec=spec("report"),
        code=digest_code("report"),
    shell:
        "synpriv report build > {log} 2>&1"
