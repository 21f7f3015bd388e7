# Encoders, one per arm and seed.
include: "common.smk"


localrules:
    pretrain_all,
    pretrain_index,


rule pretrain_all:
    default_target: True
    input:
        targets("pretrain"),


rule pretrain_index:
    input:
        **inputs("pretrain_index"),
    output:
        **outputs("pretrain_index"),
    log:
        logged("pretrain_index"),
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
        logged("pretrain"),
    benchmark:
        timed("pretrain")
    threads: RULES.devices("pretrain")
    resources:
        mem_mb=mb(64000),
        runtime=2880,
        gpu=all_gpus("pretrain"),
        nodes=RULES.nodes("pretrain"),
        tasks=of_each_node("pretrain"),
        slurm_extra=of_nodes("pretrain"),
    params:
        spec=spec("pretrain"),
        code=code("pretrain"),
    shell:
        "synpriv pretrain train {wildcards.arm} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"
