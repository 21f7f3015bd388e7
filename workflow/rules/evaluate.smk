# Figures with intervals.
include: "common.smk"


rule evaluate_encoder:
    input:
        **inputs("evaluate_encoder"),
    output:
        **outputs("evaluate_encoder"),
    log:
        "logs/evaluate_encoder/{arm}/{seed}.log",
    benchmark:
        "benchmarks/evaluate_encoder/{arm}/{seed}.tsv"
    resources:
        mem_mb=mb(16000),
        runtime=240,
        gpu=gpu,
    params:
        spec=spec("evaluate_encoder"),
        code=code("evaluate_encoder"),
    shell:
        "synpriv evaluate encoder {wildcards.arm} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_colour:
    input:
        **inputs("evaluate_colour"),
    output:
        **outputs("evaluate_colour"),
    log:
        "logs/evaluate_colour.log",
    benchmark:
        "benchmarks/evaluate_colour.tsv"
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("evaluate_colour"),
        code=code("evaluate_colour"),
    shell:
        "synpriv evaluate colour --spec {params.spec:q} > {log} 2>&1"


rule evaluate_translator:
    input:
        **inputs("evaluate_translator"),
    output:
        **outputs("evaluate_translator"),
    log:
        "logs/evaluate_translator/{translator}.log",
    benchmark:
        "benchmarks/evaluate_translator/{translator}.tsv"
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("evaluate_translator"),
        code=code("evaluate_translator"),
    shell:
        "synpriv evaluate translator {wildcards.translator} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_normalization:
    input:
        **inputs("evaluate_normalization"),
    output:
        **outputs("evaluate_normalization"),
    log:
        "logs/evaluate_normalization.log",
    benchmark:
        "benchmarks/evaluate_normalization.tsv"
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("evaluate_normalization"),
        code=code("evaluate_normalization"),
    shell:
        "synpriv evaluate normalization --spec {params.spec:q} > {log} 2>&1"


rule evaluate:
    default_target: True
    input:
        **inputs("evaluate"),
    output:
        **outputs("evaluate"),
    log:
        "logs/evaluate.log",
    benchmark:
        "benchmarks/evaluate.tsv"
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("evaluate"),
        code=code("evaluate"),
    shell:
        "synpriv evaluate summary --spec {params.spec:q} > {log} 2>&1"
