"""An arm for every objective and every loss of the study's tables, and their jobs on the cohort of ``conftest``."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pipeline.core.slides.slide import Slide
from pipeline.pretrain.objective import Objective
from pipeline.study import pretrain
from pipeline.study.objectives import LOSSES, OBJECTIVES
from pipeline.study.study import parse_study

from .conftest import SIZE, SLIDES

BROUGHT = "./brought"  # a folder with an encoder of transformers
FLOOR = "floor"  # an arm that is there before the others: their teacher
NEEDED = {"loss": "vicreg", "privileged": "real/IHC", "task": "tissue", "captions": "said", "teacher": FLOOR}
TEXT = {"layers": 1, "text_width": 8, "heads": 2, "width": 8}
OPTIONS = {"clip": TEXT, "clip_lite": {**TEXT, "prior": 0.1}, "mimkd": {"width": 8}}  # small, or with all there is
MORE = {  # what else a loss, a view or an option does
    **{f"loss-{loss}": {"objective": "unprivileged", "loss": loss} for loss in LOSSES if loss != NEEDED["loss"]},
    "shuffled": {"objective": "trident", "loss": "infonce", "privileged": "real/IHC", "control": "shuffled"},
    "released": {"objective": "unprivileged", "loss": "vicreg", "augment": {"preset": "released"}},
    "vector": {"objective": "trident", "loss": "vicreg", "privileged": "vector/genes"},
    "optiml-view": {"objective": "optiml", "privileged": "real/IHC"},
    "predict-vector": {"objective": "predict", "privileged": "vector/genes"},
    "maps": {"objective": "attention_transfer", "teacher": FLOOR, "start": BROUGHT},  # its last norm makes no map
    "bank": {"objective": "mimkd", "teacher": FLOOR, "options": {"width": 8, "bound": "infonce"}},
}
SECTION = {
    "seeds": [0],
    "untrained": 1,
    "batch": 24,
    "lr": 1e-3,
    "encoder": {"depth": 18, "width": 4},
    "projector": {"width": 8, "layers": 2},
    "vectors": {"genes": {"path": "genes.csv", "width": 8}},
    "captions": {"said": {"templates": ["slide {slide_id}", "patient {patient_id}"]}},
}
STEPS = 10  # 24 training tiles are one batch, so an epoch is a step


def arms():
    """Name to arm: one for every objective that trains, and those of MORE."""
    found = {FLOOR: {"objective": "untrained"}}
    for name, objective in OBJECTIVES.items():
        wanted = objective.needs | (objective.takes & {"loss"})
        given = {key: value for key, value in NEEDED.items() if key in wanted}
        if objective.trains:
            found[name] = {"objective": name, "options": OPTIONS.get(name, {}), **given}
    return found | MORE


def write_brought():
    """What arms bring to the current folder: three numbers for every slide, and the small ViT of a CLIP."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    torch.manual_seed(3)
    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    CLIPVisionModel(CLIPVisionConfig(image_size=SIZE, patch_size=8, **small)).save_pretrained(BROUGHT)
    lines = [f"{slide},{place},{place % 2},{place % 3}" for place, slide in enumerate(SLIDES)]
    Path("genes.csv").write_text("\n".join(["slide_id,a,b,c", *lines, ""]))


def jobs(**section):
    """Name of every arm to its job; keys of the section replace those above."""
    facts = ("patient_id", "site", "stain", "split", "paired_with")
    slides = {s: Slide(slide_id=s, path="x", **dict(zip(facts, v, strict=True))) for s, v in SLIDES.items()}
    content = {
        "normalize": {"method": "none"},
        "pretrain": {"arms": arms(), "epochs": STEPS, **SECTION, **section},
        "evaluate": {"baseline": FLOOR, "tasks": {"tissue": {"kind": "annotation"}}},
    }
    found = pretrain.jobs(parse_study(content), slides)
    return {job.key[0]: job for job in found if job.rule == "pretrain"}


def seen(job, scratch, **spec):
    """Runs a job, and keeps its checkpoint in ``scratch``; returns what was seen."""
    with watched() as found:
        job.load("maker")(replace(job, scratch=scratch, spec={**job.spec, **spec}))
    return found


def in_double(job, scratch, **spec):
    """Likewise, in double precision."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "float", torch.Tensor.double)
        torch.set_default_dtype(torch.float64)
        try:
            return seen(job, scratch, precision="64-true", **spec)
        finally:
            torch.set_default_dtype(torch.float32)


@contextmanager
def watched():
    """What an objective sees and does meanwhile: images, losses and gradients of every step."""
    found = {"images": [], "losses": [], "totals": [], "gradients": []}
    forward, clip = Objective.forward, Objective.clip

    def seeing(self, batch, turn):
        losses = forward(self, batch, turn)
        found["images"].append(batch["image"].clone())
        found["losses"].append({key: value.detach() for key, value in losses.items()})
        found["totals"].append(losses["total"].detach())
        return losses

    def clipping(self, parameters):
        found["gradients"].append(torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]))
        clip(self, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objective, "forward", seeing)
        patch.setattr(Objective, "clip", clipping)
        yield found
