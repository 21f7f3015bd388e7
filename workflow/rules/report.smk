# One page to look at.
from functools import partial


include: "common.smk"


localrules:
    report_all,


rule report_all:
    default_target: True
    input:
        targets("report"),


rule report:
    input:
        **inputs("report"),
    output:
        **outputs("report", page=partial(report, caption="../report/page.rst")),
    log:
        logged("report"),
    benchmark:
        timed("report")
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("report"),
        code=code("report"),
    shell:
        "synpriv report build --spec {params.spec:q} > {log} 2>&1"
