# The privileged view of every tile.
include: "common.smk"


localrules:
    synthesize_gate,
    synthesize_index,


rule synthesize_index:
    default_target: True
    input:
        inputs("synthesize_index"),
    output:
        manifest="data/privileged/index.json",
        recipe="data/privileged/index.recipe.json",
    log:
        "logs/synthesize_index.log",
    params:
        spec=spec("synthesize_index"),
        code=digest_code("synthesize"),
    shell:
        "synpriv index synthesize > {log} 2>&1"


rule synthesize:
    input:
        inputs("synthesize"),
    output:
        manifest="data/privileged/{translator}/{slide}.json",
        recipe="data/privileged/{translator}/{slide}.recipe.json",
    log:
        "logs/synthesize/{translator}/{slide}.log",
    benchmark:
        "benchmarks/synthesize/{translator}/{slide}.tsv"
    resources:
        gpu=min(1, gpus()),
    params:
        spec=spec("synthesize"),
        code=digest_code("synthesize"),
    shell:
        "synpriv synthesize slide {wildcards.translator} {wildcards.slide} --spec {params.spec:q} > {log} 2>&1"


rule synthesize_gate:
    input:
        inputs("synthesize_gate"),
    output:
        manifest="data/privileged/{translator}/index.json",
        recipe="data/privileged/{translator}/index.recipe.json",
    log:
        "logs/synthesize_gate/{translator}.log",
    params:
        spec=spec("synthesize_gate"),
        code=digest_code("synthesize"),
    shell:
        "synpriv synthesize gate {wildcards.translator} > {log} 2>&1"
