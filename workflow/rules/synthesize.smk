# The privileged view of every tile.
include: "common.smk"


localrules:
    synthesize_gate,
    synthesize_index,


rule synthesize_index:
    default_target: True
    input:
        **inputs("synthesize_index"),
    output:
        **outputs("synthesize_index"),
    log:
        "logs/synthesize_index.log",
    params:
        spec=spec("synthesize_index"),
        code=code("synthesize_index"),
    shell:
        "synpriv index synthesize --spec {params.spec:q} > {log} 2>&1"


rule synthesize:
    input:
        **inputs("synthesize"),
    output:
        **outputs("synthesize"),
    log:
        "logs/synthesize/{translator}/{repeat}/{slide}.log",
    benchmark:
        "benchmarks/synthesize/{translator}/{repeat}/{slide}.tsv"
    priority: 1
    resources:
        mem_mb=mb(16000),
        runtime=240,
        gpu=gpu,
    params:
        spec=spec("synthesize"),
        code=code("synthesize"),
    shell:
        "synpriv synthesize slide {wildcards.translator} {wildcards.repeat} {wildcards.slide}"
        " --spec {params.spec:q} > {log} 2>&1"


rule synthesize_gate:
    input:
        **inputs("synthesize_gate"),
    output:
        **outputs("synthesize_gate"),
    log:
        "logs/synthesize_gate/{translator}/{repeat}.log",
    params:
        spec=spec("synthesize_gate"),
        code=code("synthesize_gate"),
    shell:
        "synpriv synthesize gate {wildcards.translator} {wildcards.repeat} --spec {params.spec:q} > {log} 2>&1"
