# Encoders, one per arm and seed.
include: "common.smk"


localrules:
    pretrain_index,


rule pretrain_index:
    default_target: True
    input:
        inputs("pretrain_index"),
    output:
        manifest="models/encoders/index.json",
        recipe="models/encoders/index.recipe.json",
    log:
        "logs/pretrain_index.log",
    params:
        spec=spec("pretrain_index"),
        code=digest_code("pretrain"),
    shell:
        "synpriv index pretrain > {log} 2>&1"


rule pretrain:
    input:
        inputs("pretrain"),
    output:
        manifest="models/encoders/{arm}/{seed}.json",
        recipe="models/encoders/{arm}/{seed}.recipe.json",
    log:
        "logs/pretrain/{arm}/{seed}.log",
    benchmark:
        "benchmarks/pretrain/{arm}/{seed}.tsv"
    resources:
        gpu=min(1, gpus()),
    params:
        spec=spec("pretrain"),
        code=digest_code("pretrain"),
    shell:
        "synpriv pretrain train {wildcards.arm} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"
