import pytest

from pipeline.commands.init import STUDIES
from pipeline.commands.ready_made import ReadyMade, variants_below
from pipeline.core.errors import StudyError
from pipeline.study.study import load_study

READY = [ReadyMade(path) for path in sorted(STUDIES.glob("*.yaml"))]
STUDY = """\
# a question
seed: 0
tile: {mpp: 1.0, phantom: {size: 2048}}
"""
VARIANTS = """\
variants:
  # Published.
  # For a GPU.
  paper: {tile: {mpp: 0.5, phantom: null}}
  # finer
  fine: {tile: {mpp: 0.25}}
"""


@pytest.fixture
def ready(tmp_path):
    (tmp_path / "own.yaml").write_text(STUDY + VARIANTS)
    (tmp_path / "own.csv").write_text("path\n")
    return ReadyMade(tmp_path / "own.yaml")


@pytest.mark.parametrize(
    ("own", "variant"),
    [pytest.param(own, name, id=f"{own.path.stem}-{name}") for own in READY for name in (None, *own.variants)],
)
def test_every_study_is_valid_in_every_variant(own, variant, tmp_path):
    own.write(tmp_path / "params.yaml", variant)
    study = load_study(tmp_path / "params.yaml")
    assert study.pretrain.arms or study.segment.arms


def test_the_published_numbers(tmp_path):
    found = {}
    for own in READY:
        if "paper" in own.variants:
            own.write(tmp_path / "params.yaml", "paper")
            found[own.path.stem] = load_study(tmp_path / "params.yaml")
    privileged = found["privileged"]
    assert (privileged.tile.size, privileged.tile.mpp, privileged.tile.phantom) == (256, 0.5, None)
    assert (privileged.pretrain.encoder.depth, privileged.pretrain.encoder.width) == (50, 64)
    assert privileged.pretrain.projector.width == 8192
    assert (privileged.pretrain.epochs, privileged.pretrain.batch, privileged.pretrain.lr) == (100, 256, 1e-4)
    assert {arm.loss_options == {} for arm in privileged.pretrain.arms.values()} == {True}
    assert {own.steps for own in privileged.translate.values()} == {200_000}
    assert found["diffusion"].translate["syndiff"].options == {}
    assert found["diffusion"].translate["syndiff"].lr == 1.6e-4
    painted = found["synthetic-nuclei"]
    assert {(own.steps, own.batch, own.lr) for own in painted.translate.values()} == {(150_000, 160, 1e-4)}
    assert {own.tiles for own in painted.synthesize.cohorts.values()} == {8640}
    assert (painted.segment.steps, painted.segment.batch, painted.segment.lr) == (54_000, 16, 1e-4)
    assert (found["mimkd"].pretrain.optimizer, found["mimkd"].pretrain.epochs) == ("sgd", 240)
    assert (found["clip-lite"].pretrain.lr, found["clip-lite"].pretrain.batch) == (0.2, 1024)
    assert found["trident"].pretrain.reduction == "sum"
    assert found["optiml"].tile.size == 224


def test_as_it_stands_it_is_written_byte_by_byte_without_its_variants(ready, tmp_path):
    ready.write(tmp_path / "params.yaml")
    assert (tmp_path / "params.yaml").read_text() == STUDY


def test_a_variant_has_its_comment_before_all_others(ready, tmp_path):
    ready.write(tmp_path / "params.yaml", "paper", {"seed": 3})
    assert (tmp_path / "params.yaml").read_text() == (
        "# Variant paper:\n# Published.\n# For a GPU.\n#\n# a question\nseed: 3\ntile: {mpp: 0.5}\n"
    )


def test_a_study_without_variants_is_whole(tmp_path):
    (tmp_path / "own.yaml").write_text(STUDY)
    own = ReadyMade(tmp_path / "own.yaml")
    assert own.variants == {}
    own.write(tmp_path / "params.yaml")
    assert (tmp_path / "params.yaml").read_text() == STUDY
    assert own.named(tmp_path) == "own.yaml as it stands"
    with pytest.raises(StudyError, match="no variant 'paper' of study 'own'") as error:
        own.content("paper")
    assert error.value.fix == "leave it out: there are none"


def test_an_unknown_variant_is_told_with_those_that_are_known(ready):
    with pytest.raises(StudyError, match="no variant 'big' of study 'own'") as error:
        ready.content("big")
    assert error.value.fix == "choose one of: paper, fine"


def test_which_was_taken_and_which_others_there_are(ready, tmp_path):
    assert ready.named(tmp_path) == "own.yaml as it stands; its variants: paper, fine"
    assert ready.named(tmp_path, "fine") == "own.yaml, variant fine; other variants: paper"
    assert variants_below(tmp_path) == "own (paper, fine)"


def test_a_variant_that_simulates_none_needs_slides(ready):
    ready.check_slides()
    ready.check_slides("fine")
    with pytest.raises(StudyError, match="variant 'paper' of study 'own' needs slides") as error:
        ready.check_slides("paper")
    assert error.value.where == "--slides"
