# Segmenters, one per arm and seed.
include: "common.smk"


localrules:
    segment_all,
    segment_index,


rule segment_all:
    default_target: True
    input:
        targets("segment"),


rule segment_index:
    input:
        **inputs("segment_index"),
    output:
        **outputs("segment_index"),
    log:
        logged("segment_index"),
    params:
        spec=spec("segment_index"),
        code=code("segment_index"),
    shell:
        "synpriv index segment --spec {params.spec:q} > {log} 2>&1"


rule segment:
    input:
        **inputs("segment"),
    output:
        **outputs("segment"),
    log:
        logged("segment"),
    benchmark:
        timed("segment")
    resources:
        mem_mb=mb(64000),
        runtime=2880,
        gpu=gpu,
    params:
        spec=spec("segment"),
        code=code("segment"),
    shell:
        "synpriv segment train {wildcards.arm} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"
