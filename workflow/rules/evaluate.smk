# Figures with intervals.
include: "common.smk"


localrules:
    evaluate_all,


rule evaluate_all:
    default_target: True
    input:
        targets("evaluate"),


rule evaluate_encoder:
    input:
        **inputs("evaluate_encoder"),
    output:
        **outputs("evaluate_encoder"),
    log:
        logged("evaluate_encoder"),
    benchmark:
        timed("evaluate_encoder")
    resources:
        mem_mb=mb(16000),
        runtime=240,
        gpu=gpu,
    params:
        spec=spec("evaluate_encoder"),
        code=code("evaluate_encoder"),
    shell:
        "synpriv evaluate encoder {wildcards.arm} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_colour:
    input:
        **inputs("evaluate_colour"),
    output:
        **outputs("evaluate_colour"),
    log:
        logged("evaluate_colour"),
    benchmark:
        timed("evaluate_colour")
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
        logged("evaluate_translator"),
    benchmark:
        timed("evaluate_translator")
    resources:
        mem_mb=mb(8000),
        runtime=120,
        gpu=gpu_with(inputs("evaluate_translator")["weights"]),
    params:
        spec=spec("evaluate_translator"),
        code=code("evaluate_translator"),
    shell:
        "synpriv evaluate translator {wildcards.translator} {wildcards.repeat} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_cohort:
    input:
        **inputs("evaluate_cohort"),
    output:
        **outputs("evaluate_cohort"),
    log:
        logged("evaluate_cohort"),
    benchmark:
        timed("evaluate_cohort")
    resources:
        mem_mb=mb(8000),
        runtime=120,
        gpu=gpu_with(inputs("evaluate_cohort")["weights"]),
    params:
        spec=spec("evaluate_cohort"),
        code=code("evaluate_cohort"),
    shell:
        "synpriv evaluate cohort {wildcards.cohort} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_segmenter:
    input:
        **inputs("evaluate_segmenter"),
    output:
        **outputs("evaluate_segmenter"),
    log:
        logged("evaluate_segmenter"),
    benchmark:
        timed("evaluate_segmenter")
    resources:
        mem_mb=mb(16000),
        runtime=240,
        gpu=gpu,
    params:
        spec=spec("evaluate_segmenter"),
        code=code("evaluate_segmenter"),
    shell:
        "synpriv evaluate segmenter {wildcards.arm} --spec {params.spec:q} > {log} 2>&1"


rule evaluate_normalization:
    input:
        **inputs("evaluate_normalization"),
    output:
        **outputs("evaluate_normalization"),
    log:
        logged("evaluate_normalization"),
    benchmark:
        timed("evaluate_normalization")
    resources:
        mem_mb=mb(8000),
        runtime=120,
        gpu=gpu,
    params:
        spec=spec("evaluate_normalization"),
        code=code("evaluate_normalization"),
    shell:
        "synpriv evaluate normalization --spec {params.spec:q} > {log} 2>&1"


rule evaluate_normalizer:
    input:
        **inputs("evaluate_normalizer"),
    output:
        **outputs("evaluate_normalizer"),
    log:
        logged("evaluate_normalizer"),
    benchmark:
        timed("evaluate_normalizer")
    resources:
        mem_mb=mb(8000),
        runtime=120,
        gpu=gpu,
    params:
        spec=spec("evaluate_normalizer"),
        code=code("evaluate_normalizer"),
    shell:
        "synpriv evaluate normalizer {wildcards.trial} --spec {params.spec:q} > {log} 2>&1"


rule evaluate:
    input:
        **inputs("evaluate"),
    output:
        **outputs("evaluate"),
    log:
        logged("evaluate"),
    benchmark:
        timed("evaluate")
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("evaluate"),
        code=code("evaluate"),
    shell:
        "synpriv evaluate summary --spec {params.spec:q} > {log} 2>&1"
