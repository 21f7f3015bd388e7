# Figures with intervals.
include: "common.smk"


localrules:
    evaluate,


rule evaluate_encoder:
    input:
        inputs("evaluate_encoder"),
    output:
        manifest="results/scores/encoders/{arm}/{seed}.json",
        recipe="results/scores/encoders/{arm}/{seed}.recipe.json",
    log:
        "logs/evaluate_encoder/{arm}/{seed}.log",
    benchmark:
        "benchmarks/evaluate_encoder/{arm}/{seed}.tsv"
    resources:
        gpu=min(1, gpus()),
    params:
        spec=spec("evaluate_encoder"),
        code=digest_code("evaluate"),
    shell:
        "synpriv evaluate encoder {wildcards.arm} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_translator:
    input:
        inputs("evaluate_translator"),
    output:
        manifest="results/scores/translators/{translator}.json",
        recipe="results/scores/translators/{translator}.recipe.json",
    log:
        "logs/evaluate_translator/{translator}.log",
    benchmark:
        "benchmarks/evaluate_translator/{translator}.tsv"
    params:
        spec=spec("evaluate_translator"),
        code=digest_code("evaluate"),
    shell:
        "synpriv evaluate translator {wildcards.translator} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_normalization:
    input:
        inputs("evaluate_normalization"),
    output:
        manifest="results/scores/normalization.json",
        recipe="results/scores/normalization.recipe.json",
    log:
        "logs/evaluate_normalization.log",
    benchmark:
        "benchmarks/evaluate_normalization.tsv"
    params:
        spec=spec("evaluate_normalization"),
        code=digest_code("evaluate"),
    shell:
        "synpriv evaluate normalization --spec {params.spec:q} > {log} 2>&1"


rule evaluate:
    default_target: True
    input:
        inputs("evaluate"),
    output:
        manifest="results/scores/index.json",
        recipe="results/scores/index.recipe.json",
        metrics="results/metrics.json",
        figures="results/figures.csv",
    log:
        "logs/evaluate.log",
    benchmark:
        "benchmarks/evaluate.tsv"
    params:
        spec=spec("evaluate"),
        code=digest_code("evaluate"),
    shell:
        "synpriv evaluate summary > {log} 2>&1"
