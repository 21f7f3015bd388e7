import numpy as np
import pytest
import torch

from pipeline.core.networks.language import Language
from pipeline.core.networks.text import small_model
from pipeline.core.text.tokens import word_tokenizer
from pipeline.evaluate.zero_shot import class_vectors, prompts_of, told_apart, zero_shot

TOKENIZER = word_tokenizer(["a tile of tumour", "a tile of stroma"])


@pytest.fixture
def language():
    torch.manual_seed(0)
    model = small_model(len(TOKENIZER["model"]["vocab"]), layers=1, width=8, heads=2)
    return Language(features=4, width=8, model=model, tokenizer=TOKENIZER).eval()


def test_the_prompts_of_classes():
    templates = ("a {stain} tile of {label}", "{label}")
    assert prompts_of(templates, ("tumour", "stroma"), "HE") == [
        ["a HE tile of tumour", "tumour"],
        ["a HE tile of stroma", "stroma"],
    ]


def test_a_class_is_the_mean_of_its_sentences(language):
    (one,) = class_vectors(language, [["a tile of tumour", "tumour"]])
    each = language.vectors(["a tile of tumour", "tumour"])
    assert np.linalg.norm(one) == pytest.approx(1)
    assert one @ each.sum(0) == pytest.approx(np.linalg.norm(each.sum(0)), rel=1e-6)


def test_classes_whose_names_the_tokeniser_does_not_know_are_not_told_apart(language):
    assert told_apart(language, [["tile of tumour"], ["tile of stroma"]])
    assert not told_apart(language, [["tile of fat"], ["tile of bone"]])


def test_chances_are_those_of_scaled_cosines():
    found = zero_shot(np.eye(2, dtype=np.float32), np.eye(2), np.log(3.0))
    assert found == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]), abs=1e-7)
    assert zero_shot(np.eye(2), np.eye(2), 1e4).tolist() == [[1, 0], [0, 1]]
