# Encoders, one per arm and seed.
include: "common.smk"


localrules:
    pretrain_index,


rule pretrain_index:
    default_target: True
    input:
        **inputs("pretrain_index"),
    output:
        **outputs("pretrain_index"),
    log:
        "logs/pretrain_index.log",
    params:
        spec=spec("pretrain_index"),
        code=code("pretrain_index"),
    shell:
        "synpriv index pretrain --spec {params.spec:q} > {log} 2>&1"


rule pretrain:
    input:
        **inputs("pretrain"),
    output:
        **outputs("pretrain"),
    log:
        "logs/pretrain/{arm}/{seed}.log",
    benchmark:
        "benchmarks/pretrain/{arm}/{seed}.tsv"
    resources:
        mem_mb=mb(64000),
        runtime=2880,
        gpu=gpu,
    params:
        spec=spec("pretrain"),
        code=code("pretrain"),
    shell:
        "synpriv pretrain train {wildcards.arm} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"
