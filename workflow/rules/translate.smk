# Translators between stains.
include: "common.smk"


localrules:
    translate_index,


rule translate_index:
    default_target: True
    input:
        inputs("translate_index"),
    output:
        manifest="models/translators/index.json",
        recipe="models/translators/index.recipe.json",
    log:
        "logs/translate_index.log",
    params:
        spec=spec("translate_index"),
        code=digest_code("translate"),
    shell:
        "synpriv index translate > {log} 2>&1"


rule translate:
    input:
        inputs("translate"),
    output:
        manifest="models/translators/{translator}.json",
        recipe="models/translators/{translator}.recipe.json",
    log:
        "logs/translate/{translator}.log",
    benchmark:
        "benchmarks/translate/{translator}.tsv"
    resources:
        gpu=min(1, gpus()),
    params:
        spec=spec("translate"),
        code=digest_code("translate"),
    shell:
        "synpriv translate train {wildcards.translator} --spec {params.spec:q} > {log} 2>&1"
