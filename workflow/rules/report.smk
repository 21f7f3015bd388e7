# One page to look at.
from functools import partial


include: "common.smk"


rule report:
    default_target: True
    input:
        **inputs("report"),
    output:
        **outputs("report", page=partial(report, caption="../report/page.rst")),
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("report"),
        code=code("report"),
    shell:
        "synpriv report build --spec {params.spec:q} > {log} 2>&1"
