"""Arms that read captions, as jobs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import ProductError
from pipeline.core.networks.language import load_language
from pipeline.core.train import loop
from pipeline.pretrain.captions import captions_of
from pipeline.pretrain.samples import read_samples

from .conftest import INDEX, made

OPTIONS = {"width": 8, "text": None, "layers": 1, "text_width": 16, "heads": 2}
SITES = {"templates": ["a tile of patient {patient_id}", "patient {patient_id} of site {site}"], "partial": False}
CLASSES = {"templates": ["a tile of {label}"], "partial": False}
KINDS = {"clip": OPTIONS, "clip_lite": {**OPTIONS, "prior": 0.0}}


@pytest.fixture
def captioned(make_job):
    def build(kind="clip_lite", source=SITES, **spec):
        arm = {"objective": kind, "loss": None, "privileged": None, "captions": "toy", "options": KINDS[kind]}
        return make_job("captioned", {"captions": source, **spec}, **arm)

    return build


@pytest.mark.parametrize("kind", KINDS)
def test_encoder_and_text_encoder_are_kept(study, captioned, kind):
    manifest = made(captioned(kind))
    assert (manifest.steps, manifest.tiles, sorted(manifest.weights)) == (6, 24, ["encoder", "text"])
    language = load_language(manifest.folder)
    assert "patient" in language.text.tokens.content["model"]["vocab"]
    assert language.vectors(["patient A1", "patient A2"]).shape == (2, 8)
    history = pd.read_csv(manifest.history)
    assert any(name.endswith("masked") for name in history)


def test_it_starts_from_the_encoder_that_others_start_from(study, captioned, make_job):
    floor = make_job("floor", objective="untrained", loss=None, privileged=None, options={})
    made(floor)
    job = captioned(lr=1e-30)
    made(job)
    trained, initial = (load_file(j.outputs["folder"] / "encoder.safetensors") for j in (job, floor))
    assert np.allclose(trained["body.conv1.weight"], initial["body.conv1.weight"], rtol=0, atol=1e-20)


def test_a_killed_run_goes_on_with_the_caption_whose_turn_it_is(study, captioned, monkeypatch):
    undisturbed = made(captioned(checkpoint_every=3))
    save, killed = loop.save_checkpoint, []

    def killing(path, state):
        save(path, state)
        if state["step"] == 3 and not killed:
            killed.append(True)
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "save_checkpoint", killing)
    with pytest.raises(KeyboardInterrupt):
        made(captioned(checkpoint_every=3))
    assert made(captioned(checkpoint_every=3)).weights == undisturbed.weights


def test_captions_of_half_of_the_tiles_are_an_error_at_the_start(study, captioned):
    with pytest.raises(ProductError, match=r"8 of 24 training tiles have no caption; of slides A1-HE \(4 of 12\), A2"):
        made(captioned(source=CLASSES))
    manifest = made(captioned(source={**CLASSES, "partial": True}))
    assert manifest.tiles == 16


def test_a_file_of_captions(study, captioned):
    path = Path("captions.csv")
    path.write_text("slide_id,caption\nA1-HE,pale\nA1-HE,a pale slide\n")
    file = {"templates": [], "partial": False}
    job = captioned(source=file)
    job = replace(job, inputs={**job.inputs, "captions": path})
    with pytest.raises(ProductError, match=r"12 of 24 training tiles have no caption; of slides A2-HE \(12 of 12\)"):
        made(job)
    path.write_text(path.read_text() + "A2-HE,dark\n")
    assert made(job).tiles == 24


def test_samples_point_to_the_captions_of_their_tiles(study):
    spec = {"primary": "HE", "seed": 0, "drawing": None}
    spec["arm"] = {"privileged": None, "only_with": None, "pairs": None, "captions": "toy"}
    spec["captions"] = {**CLASSES, "partial": True}
    samples = read_samples(Cohort.read(INDEX), spec, None, captions=captions_of(spec, None))
    assert samples.captions == ("a tile of stroma", "a tile of tumour")
    assert samples.arrays["caption"].tolist() == [[0], [1]] * 8
    assert len(samples.arrays["image"]) == 16
    spec["captions"] = {"templates": [], "partial": True}
    path = study / "captions.csv"
    path.write_text("slide_id,caption\nother,pale\n")
    with pytest.raises(ProductError, match="no training tile has a caption"):
        read_samples(Cohort.read(INDEX), spec, None, captions=captions_of(spec, path))
