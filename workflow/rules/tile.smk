# Slides to tile stores.
include: "common.smk"


localrules:
    tile_all,
    tile_index,


rule tile_all:
    default_target: True
    input:
        targets("tile"),


rule tile_index:
    input:
        **inputs("tile_index"),
    output:
        **outputs("tile_index"),
    log:
        logged("tile_index"),
    params:
        spec=spec("tile_index"),
        code=code("tile_index"),
    shell:
        "synpriv index tile --spec {params.spec:q} 2>&1 | tee {log} >&2"


rule tile_phantom:
    input:
        **inputs("tile_phantom"),
    output:
        **outputs("tile_phantom"),
    log:
        logged("tile_phantom"),
    benchmark:
        timed("tile_phantom")
    resources:
        mem_mb=mb(4000),
        runtime=60,
    params:
        spec=spec("tile_phantom"),
        code=code("tile_phantom"),
    shell:
        "synpriv tile phantom {wildcards.slide} --spec {params.spec:q} > {log} 2>&1"


rule tile:
    input:
        **inputs("tile"),
    output:
        **outputs("tile"),
    log:
        logged("tile"),
    benchmark:
        timed("tile")
    threads: 4
    resources:
        mem_mb=mb(8000),
        runtime=240,
    params:
        spec=spec("tile"),
        code=code("tile"),
    shell:
        "synpriv tile slide {wildcards.slide} --threads {threads} --spec {params.spec:q} > {log} 2>&1"
