"""A job's digest covers every module that its making can act through: each kind of job is run and watched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from transformers import ViTConfig, ViTModel

from pipeline.engine.closure import DECLARING, PACKAGE, closure
from pipeline.engine.plan import Plan
from pipeline.study.encoders import FAMILIES
from pipeline.study.normalize import METHODS as NORMALIZERS
from pipeline.study.objectives import LOSSES, OBJECTIVES
from pipeline.study.segment import METHODS as SEGMENTERS
from pipeline.study.sheet import write_sheet
from pipeline.study.task import KINDS
from pipeline.study.translate import METHODS as TRANSLATORS

from .conftest import TINY, slides

pytestmark = pytest.mark.slow

SMALL = {"ngf": 4, "ndf": 4, "downs": 3, "blocks": 1}  # options of adversarial networks, where they have them
SEGMENTING = {"width": 8}  # options of segmenters
SMALL |= {"width": 4, "mult": [1, 2], "hidden": 4, "diffusion_steps": 21}  # and of diffusions
PAINTED = {"painter": "nasdm", "masks": "masks", "tiles": 4, "sampler": "ddim", "steps": 2}
ANY = {"min_shown": 0.0, "min_consistency": 0.0, "max_copied": 1.0, "max_distance": 1e6}
ASKED = {
    "annotation": {},
    "count": {"stain": "nuclei"},
    "stain": {"stain": "IHC", "fraction": 0.96},
    "stain_share": {"stain": "IHC", "threshold": "auto"},
}
BROUGHT = "./brought"  # a folder of transformers
TINIEST = {"resnet": {"depth": 34, "width": 2}, "vit": {"size": "tiny", "patch": 16}}
SAID = {"templates": ["a tile of {label}"], "partial": True}
RUN = """
import json, sys
from pipeline.core.job import Job
from pipeline.engine.run import run
engine = set(sys.modules)  # what it needs for itself acts on no product
for text in json.load(sys.stdin):
    run(Job.from_json(text))
print(json.dumps([name for name in set(sys.modules) - engine if name.split(".")[0] == "pipeline"]))
"""


def arm(name):
    """An arm of an objective, with what it must be given."""
    objective = OBJECTIVES[name]
    given = {"loss": "vicreg", "privileged": "pix2pix", "task": "annotation", "captions": "classes"}
    needed = {"start": BROUGHT, "teacher": BROUGHT}
    chosen = {key: value for key, value in given.items() if key in objective.takes}
    return {"objective": name, **chosen, **{key: value for key, value in needed.items() if key in objective.needs}}


def small(method):
    return {key: value for key, value in SMALL.items() if key in method.options.model_fields}


def translator(name):
    method, options = TRANSLATORS[name], {"steps": 2, "batch": 4, "options": small(TRANSLATORS[name])}
    if method.makes == "masks":
        return {"method": name, "target": "nuclei", **options}
    ends = {"source": "nuclei", "target": "HE"} if method.generates else {}
    return {**TINY["translate"]["he2ihc"], "method": name, **ends, **options}


def normaliser(name):
    """One that learns does so in two steps."""
    method = NORMALIZERS[name]
    training = {"training": {"steps": 2, "batch": 2}} if method.learner else {}
    return {"method": name, "options": small(method), **training}


def segmenters():
    """An arm of every method, on the encoder of an arm and of a folder where it needs one, and one of painted tiles."""
    arms = {}
    for name, method in SEGMENTERS.items():
        for place in ("unprivileged", BROUGHT) if method.encoded else (None,):
            own = {"method": name, "options": SEGMENTING, **({"encoder": place} if place else {})}
            arms["-".join(["on", name, *([place.strip("./")] if place else [])])] = own
    plain = arms["on-unet"]
    arms["painted"] = {**plain, "train": {"made": 0.01}}
    return {"images": "HE", "arms": arms, "baseline": "on-unet", "seeds": [0], "steps": 1, "batch": 2}


def study(normalizer):
    """A study with every method there is."""
    arms = {name: arm(name) for name in OBJECTIVES}
    arms["painted"] = {**arm("unprivileged"), "cohorts": ["real", "made"]}
    arms |= {f"loss-{name}": {"objective": "unprivileged", "loss": name} for name in LOSSES}
    arms |= {family: {**arm("unprivileged"), "encoder": {"family": family, **TINIEST[family]}} for family in FAMILIES}
    return {
        **TINY,
        "tile": {**TINY["tile"], "phantom": {"size": 768}},
        "normalize": {
            **normaliser(normalizer),
            "trials": {"tried": normaliser(normalizer), "plain": {"method": "none"}},
        },
        "translate": {name: translator(name) for name in TRANSLATORS},
        "synthesize": {
            "gates": {**TINY["synthesize"]["gates"], **ANY},
            "cohorts": {"made": PAINTED, "taken": {**PAINTED, "masks": "real"}},
        },
        "pretrain": {**TINY["pretrain"], "arms": arms, "captions": {"classes": SAID}},
        "segment": segmenters(),
        "evaluate": {
            **TINY["evaluate"],
            "tasks": {kind: {"kind": kind, **given} for kind, given in ASKED.items()},
            "baseline": "unprivileged",
            "fixed": "unprivileged",
        },
    }


def counted(patient, folder):
    """A patient's slides, and the mask of the nuclei."""
    he, *others = slides(patient, folder)
    name = f"{patient}-nuclei"
    nuclei = he.changed(
        slide_id=name, path=f"{folder}/{name}.tif", stain="nuclei", annotations="", paired_with=he.slide_id
    )
    return [he, *others, nuclei]


def loaded(jobs):
    """Runs jobs in a process of their own; returns the modules of the package that it loaded for them."""
    texts = json.dumps([job.to_json() for job in jobs])
    command = [sys.executable, "-c", RUN]
    run = subprocess.run(command, input=texts, text=True, check=False, capture_output=True)
    assert run.returncode == 0, run.stderr[-3000:]
    return set(json.loads(run.stdout.splitlines()[-1]))


def uncovered(job, modules):
    covered = closure(target.partition(":")[0] for target in job.code.values())
    return {name for name in modules - covered - {PACKAGE} if name.split(".")[1] not in DECLARING}


@pytest.mark.parametrize("normalizer", [name for name, method in NORMALIZERS.items() if method.code])
def test_every_kind_of_job_loads_only_what_its_digest_covers(normalizer, tmp_path, monkeypatch):
    """Of all jobs of the same rule and methods, the first runs alone, the others with others once they are needed."""
    assert ASKED.keys() == KINDS.keys()
    monkeypatch.chdir(tmp_path)
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 16}
    ViTModel(ViTConfig(image_size=32, patch_size=16, **small)).save_pretrained(BROUGHT)
    Path("params.yaml").write_text(yaml.safe_dump(study(normalizer)))
    splits = {"a": "train", "b": "test", **({"e": "train"} if NORMALIZERS[normalizer].learner else {})}  # of two sites
    rows = (slide.changed(split=split) for p, split in splits.items() for slide in counted(p, "data/phantom"))
    write_sheet(Path("data/slides.csv"), rows)
    plan = Plan.here()
    watched, waiting = set(), []
    for job in plan.jobs.values():
        if normalizer != "macenko" and job.phase not in ("tile", "normalize"):
            continue  # what comes later is the same
        kind = (job.rule, *sorted(job.code.values()))
        if kind in watched:
            waiting.append(job)
            continue
        if not all(path.exists() for path in job.files()):
            loaded(waiting)
            waiting = []
        assert uncovered(job, loaded([job])) == set(), kind
        watched.add(kind)
