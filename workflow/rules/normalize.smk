# Tiles to stain-normalised tiles.
include: "common.smk"


localrules:
    normalize_index,


rule normalize_index:
    default_target: True
    input:
        inputs("normalize_index"),
    output:
        manifest="data/normalized/index.json",
        recipe="data/normalized/index.recipe.json",
    log:
        "logs/normalize_index.log",
    params:
        spec=spec("normalize_index"),
        code=digest_code("normalize"),
    shell:
        "synpriv index normalize > {log} 2>&1"


rule normalize_reference:
    input:
        inputs("normalize_reference"),
    output:
        manifest="data/normalized/reference.json",
        recipe="data/normalized/reference.recipe.json",
    log:
        "logs/normalize_reference.log",
    benchmark:
        "benchmarks/normalize_reference.tsv"
    params:
        spec=spec("normalize_reference"),
        code=digest_code("normalize"),
    shell:
        "synpriv normalize reference --spec {params.spec:q} > {log} 2>&1"


rule normalize:
    input:
        inputs("normalize"),
    output:
        manifest="data/normalized/{slide}.json",
        recipe="data/normalized/{slide}.recipe.json",
    log:
        "logs/normalize/{slide}.log",
    benchmark:
        "benchmarks/normalize/{slide}.tsv"
    params:
        spec=spec("normalize"),
        code=digest_code("normalize"),
    shell:
        "synpriv normalize slide {wildcards.slide} --spec {params.spec:q} > {log} 2>&1"
