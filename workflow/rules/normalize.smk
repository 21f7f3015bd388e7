# Tiles to stain-normalised tiles.
include: "common.smk"


localrules:
    normalize_all,
    normalize_index,
    normalize_reference,
    normalize_trial_index,


rule normalize_all:
    default_target: True
    input:
        targets("normalize"),


rule normalize_index:
    input:
        **inputs("normalize_index"),
    output:
        **outputs("normalize_index"),
    log:
        logged("normalize_index"),
    params:
        spec=spec("normalize_index"),
        code=code("normalize_index"),
    shell:
        "synpriv index normalize --spec {params.spec:q} > {log} 2>&1"


rule normalize_fit:
    input:
        **inputs("normalize_fit"),
    output:
        **outputs("normalize_fit"),
    log:
        logged("normalize_fit"),
    benchmark:
        timed("normalize_fit")
    resources:
        mem_mb=mb(4000),
        runtime=60,
    params:
        spec=spec("normalize_fit"),
        code=code("normalize_fit"),
    shell:
        "synpriv normalize fit {wildcards.slide} --spec {params.spec:q} > {log} 2>&1"


# A checkpoint: most often the same slide is chosen again, and then no other is normalised again.
checkpoint normalize_reference:
    input:
        **inputs("normalize_reference"),
    output:
        **outputs("normalize_reference"),
    log:
        logged("normalize_reference"),
    benchmark:
        timed("normalize_reference")
    params:
        spec=spec("normalize_reference"),
        code=code("normalize_reference"),
    shell:
        "synpriv normalize reference --spec {params.spec:q} > {log} 2>&1"


# Of a method that learns on the cohort; the others have no such job.
rule normalize_train:
    input:
        **inputs("normalize_train"),
    output:
        **outputs("normalize_train"),
    log:
        logged("normalize_train"),
    benchmark:
        timed("normalize_train")
    resources:
        gpu=gpu,
        mem_mb=mb(32000),
        runtime=1440,
    params:
        spec=spec("normalize_train"),
        code=code("normalize_train"),
    shell:
        "synpriv normalize train --spec {params.spec:q} > {log} 2>&1"


rule normalize:
    input:
        **inputs("normalize"),
    output:
        **outputs("normalize"),
    log:
        logged("normalize"),
    benchmark:
        timed("normalize")
    resources:
        gpu=gpu_with(inputs("normalize")["model"]),
        mem_mb=mb(4000),
        runtime=120,
    params:
        spec=spec("normalize"),
        code=code("normalize"),
    shell:
        "synpriv normalize slide {wildcards.slide} --spec {params.spec:q} > {log} 2>&1"


# Of the normalisers that are judged beside that of the study: those that learn on the cohort are trained.
rule normalize_trial_train:
    input:
        **inputs("normalize_trial_train"),
    output:
        **outputs("normalize_trial_train"),
    log:
        logged("normalize_trial_train"),
    benchmark:
        timed("normalize_trial_train")
    resources:
        gpu=gpu,
        mem_mb=mb(32000),
        runtime=1440,
    params:
        spec=spec("normalize_trial_train"),
        code=code("normalize_trial_train"),
    shell:
        "synpriv normalize trial-train {wildcards.trial} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"


rule normalize_trial:
    input:
        **inputs("normalize_trial"),
    output:
        **outputs("normalize_trial"),
    log:
        logged("normalize_trial"),
    benchmark:
        timed("normalize_trial")
    resources:
        gpu=gpu,
        mem_mb=mb(8000),
        runtime=240,
    params:
        spec=spec("normalize_trial"),
        code=code("normalize_trial"),
    shell:
        "synpriv normalize trial {wildcards.trial} {wildcards.seed} --spec {params.spec:q} > {log} 2>&1"


rule normalize_trial_index:
    input:
        **inputs("normalize_trial_index"),
    output:
        **outputs("normalize_trial_index"),
    log:
        logged("normalize_trial_index"),
    params:
        spec=spec("normalize_trial_index"),
        code=code("normalize_trial_index"),
    shell:
        "synpriv normalize trial-index --spec {params.spec:q} > {log} 2>&1"
