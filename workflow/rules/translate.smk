# Translators between stains, one per name and repeat.
include: "common.smk"


localrules:
    translate_index,


rule translate_index:
    default_target: True
    input:
        **inputs("translate_index"),
    output:
        **outputs("translate_index"),
    log:
        "logs/translate_index.log",
    params:
        spec=spec("translate_index"),
        code=code("translate_index"),
    shell:
        "synpriv index translate --spec {params.spec:q} > {log} 2>&1"


# What waits for a translator waits longest: it goes first.
rule translate:
    input:
        **inputs("translate"),
    output:
        **outputs("translate"),
    log:
        "logs/translate/{translator}/{repeat}.log",
    benchmark:
        "benchmarks/translate/{translator}/{repeat}.tsv"
    priority: 2
    resources:
        mem_mb=mb(32000),
        runtime=1440,
        gpu=gpu,
    params:
        spec=spec("translate"),
        code=code("translate"),
    shell:
        "synpriv translate train {wildcards.translator} {wildcards.repeat} --spec {params.spec:q} > {log} 2>&1"
