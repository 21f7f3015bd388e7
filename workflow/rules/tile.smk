# Slides to tile stores.
include: "common.smk"


localrules:
    tile_index,


rule tile_index:
    default_target: True
    input:
        inputs("tile_index"),
    output:
        manifest="data/tiles/index.json",
        recipe="data/tiles/index.recipe.json",
        quarantine="data/tiles/quarantine.csv",
    log:
        "logs/tile_index.log",
    params:
        spec=spec("tile_index"),
        code=digest_code("tile"),
    shell:
        "synpriv index tile 2>&1 | tee {log} >&2"


rule tile_phantom:
    input:
        inputs("tile_phantom"),
    output:
        manifest="data/phantom/{slide}.json",
        recipe="data/phantom/{slide}.recipe.json",
        slide="data/phantom/{slide}.tif",
    log:
        "logs/tile_phantom/{slide}.log",
    benchmark:
        "benchmarks/tile_phantom/{slide}.tsv"
    params:
        spec=spec("tile_phantom"),
        code=digest_code("tile"),
    shell:
        "synpriv tile phantom {wildcards.slide} --spec {params.spec:q} > {log} 2>&1"


rule tile:
    input:
        inputs("tile"),
    output:
        manifest="data/tiles/{slide}.json",
        recipe="data/tiles/{slide}.recipe.json",
    log:
        "logs/tile/{slide}.log",
    benchmark:
        "benchmarks/tile/{slide}.tsv"
    params:
        spec=spec("tile"),
        code=digest_code("tile"),
    shell:
        "synpriv tile slide {wildcards.slide} --threads {threads} --spec {params.spec:q} > {log} 2>&1"
