# The privileged view of every tile, and tiles that there was no slide for.
include: "common.smk"


localrules:
    synthesize_all,
    synthesize_gate,
    synthesize_index,
    synthesize_cohort_index,


rule synthesize_all:
    default_target: True
    input:
        targets("synthesize"),


rule synthesize_index:
    input:
        **inputs("synthesize_index"),
    output:
        **outputs("synthesize_index"),
    log:
        logged("synthesize_index"),
    params:
        spec=spec("synthesize_index"),
        code=code("synthesize_index"),
    shell:
        "synpriv index synthesize --spec {params.spec:q} > {log} 2>&1"


rule synthesize:
    input:
        **inputs("synthesize"),
    output:
        **outputs("synthesize"),
    log:
        logged("synthesize"),
    benchmark:
        timed("synthesize")
    priority: 1
    resources:
        mem_mb=mb(16000),
        runtime=240,
        gpu=gpu,
    params:
        spec=spec("synthesize"),
        code=code("synthesize"),
    shell:
        "synpriv synthesize slide {wildcards.translator} {wildcards.repeat} {wildcards.slide}"
        " --spec {params.spec:q} > {log} 2>&1"


rule synthesize_gate:
    input:
        **inputs("synthesize_gate"),
    output:
        **outputs("synthesize_gate"),
    log:
        logged("synthesize_gate"),
    params:
        spec=spec("synthesize_gate"),
        code=code("synthesize_gate"),
    shell:
        "synpriv synthesize gate {wildcards.translator} {wildcards.repeat} --spec {params.spec:q} > {log} 2>&1"


# Of synthetic cohorts: what each tile is to show, the tiles part by part, the gates, and all that there are.
rule synthesize_plan:
    input:
        **inputs("synthesize_plan"),
    output:
        **outputs("synthesize_plan"),
    log:
        logged("synthesize_plan"),
    benchmark:
        timed("synthesize_plan")
    priority: 1
    resources:
        mem_mb=mb(4000),
        runtime=60,
    params:
        spec=spec("synthesize_plan"),
        code=code("synthesize_plan"),
    shell:
        "synpriv synthesize plan {wildcards.cohort} --spec {params.spec:q} > {log} 2>&1"


rule synthesize_part:
    input:
        **inputs("synthesize_part"),
    output:
        **outputs("synthesize_part"),
    log:
        logged("synthesize_part"),
    benchmark:
        timed("synthesize_part")
    priority: 1
    resources:
        mem_mb=mb(16000),
        runtime=720,
        gpu=gpu,
    params:
        spec=spec("synthesize_part"),
        code=code("synthesize_part"),
    shell:
        "synpriv synthesize part {wildcards.cohort} {wildcards.part} --spec {params.spec:q} > {log} 2>&1"


rule synthesize_cohort:
    input:
        **inputs("synthesize_cohort"),
    output:
        **outputs("synthesize_cohort"),
    log:
        logged("synthesize_cohort"),
    benchmark:
        timed("synthesize_cohort")
    resources:
        mem_mb=mb(8000),
        runtime=120,
    params:
        spec=spec("synthesize_cohort"),
        code=code("synthesize_cohort"),
    shell:
        "synpriv synthesize cohort {wildcards.cohort} --spec {params.spec:q} > {log} 2>&1"


rule synthesize_cohort_index:
    input:
        **inputs("synthesize_cohort_index"),
    output:
        **outputs("synthesize_cohort_index"),
    log:
        logged("synthesize_cohort_index"),
    params:
        spec=spec("synthesize_cohort_index"),
        code=code("synthesize_cohort_index"),
    shell:
        "synpriv synthesize cohort-index --spec {params.spec:q} > {log} 2>&1"
