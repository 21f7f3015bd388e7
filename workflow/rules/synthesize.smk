# The privileged view of every tile.
include: "common.smk"


localrules:
    synthesize_all,
    synthesize_gate,
    synthesize_index,


rule synthesize_all:
    default_target: True
    input:
        targets("synthesize"),


rule synthesize_index:
    input:
        **inputs("synthesize_index"),
    output:
        **outputs("synthesize_index"),
    log:
        logged("synthesize_index"),
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
        logged("synthesize"),
    benchmark:
        timed("synthesize")
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
        logged("synthesize_gate"),
    params:
        spec=spec("synthesize_gate"),
        code=code("synthesize_gate"),
    shell:
        "synpriv synthesize gate {wildcards.translator} {wildcards.repeat} --spec {params.spec:q} > {log} 2>&1"
