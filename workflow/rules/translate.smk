# Translators between stains, one per name and repeat.
include: "common.smk"


localrules:
    translate_all,
    translate_index,


rule translate_all:
    default_target: True
    input:
        targets("translate"),


rule translate_index:
    input:
        **inputs("translate_index"),
    output:
        **outputs("translate_index"),
    log:
        logged("translate_index"),
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
        logged("translate"),
    benchmark:
        timed("translate")
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
