"""Who a translator sees: all, the few, and never those on whom its gates are measured."""

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.paired import by_hash, few_patients
from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.translate.data import read_data
from tests.translate.conftest import INDEX, TILES, slide, training, view

PAIRED, PLAIN = "abcde", "fgh"  # with registered slides, and without; z tests


def image(patient: str, stain: str) -> np.ndarray:
    """A tile that only this patient has: uint8 (y, x, 3)."""
    return view(np.full((1, 32, 32), stain == "IHC"), stain)[0] // 2 + ord(patient) - 97


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Eight training patients, five of them with registered slides and two with others, and a test patient."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("many"))
        made = []
        for n, patient in enumerate(PAIRED + PLAIN + "z"):
            split = "test" if patient == "z" else "train"
            made.append(slide(f"{patient}-HE", stain="HE", split=split, seed=n, whole=image(patient, "HE")))
            if patient != "h":
                paired = "" if patient in PLAIN else f"{patient}-HE"
                whole = image(patient, "IHC")
                made.append(slide(f"{patient}-IHC", stain="IHC", split=split, seed=n, paired_with=paired, whole=whole))
        write_json(INDEX, {"members": {s["slide"]: s for s in made}})
        yield Cohort.read(INDEX)


def read(cohort, method="pix2pix", repeat=0, **spec):
    return read_data(cohort, training(method, **spec).spec, repeat=repeat)


def seen(images, stain):
    """The patients whose tiles are among ``images``."""
    known = {image(patient, stain).tobytes(): patient for patient in PAIRED + PLAIN + "z"}
    return "".join(sorted({known[tile.tobytes()] for tile in images}))


def shown(data):
    """Whose tiles are in the source, the target and the examples."""
    source, target = data.examples.values()
    return {
        "source": seen(data.arrays["source"][:], "HE"),
        "target": seen(data.arrays["target"][:], "IHC"),
        "examples": seen(source, "HE") + seen(target, "IHC"),
    }


@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
@pytest.mark.parametrize("share", [0.2, 0.4])
@pytest.mark.parametrize("pairs", [None, 2, 5])
def test_who_is_held_back_reaches_neither_source_nor_target_nor_examples(members, method, share, pairs):
    data = read(members, method, held_back=share, pairs=pairs)
    assert data.held_back
    assert not set(data.held_back) & set("".join(shown(data).values()))
    assert not set(data.held_back) & set(data.patients)
    assert set("".join(shown(data).values())) == set(data.patients)
    assert "z" not in data.patients


def test_a_paired_translator_holds_back_a_share_of_its_pairs(members):
    first = by_hash(PAIRED, 0, "held_back")
    assert read(members, held_back=0.2).held_back == first[:1]
    assert read(members, held_back=0.4).held_back == sorted(first[:2])
    assert read(members, held_back=0.0).held_back == []
    assert read(members, held_back=0.4, repeat=1).held_back == sorted(first[:2])


def test_an_unpaired_translator_holds_back_patients_with_registered_slides_first(members):
    assert read(members, "cyclegan", held_back=0.2).held_back == sorted(by_hash(PAIRED, 0, "held_back")[:2])
    some = read(members, "cyclegan", held_back=0.75).held_back
    assert len(some) == 6
    assert set(PAIRED) <= set(some)


def test_a_paired_translator_of_the_few_sees_them_alone_and_its_gates_have_the_others(members):
    few = few_patients(PAIRED, 2, seed=0, repeat=0)
    data = read(members, pairs=2, held_back=0.2)
    assert data.patients == sorted(few)
    assert data.held_back == sorted(set(PAIRED) - few)
    assert data.tiles == 2 * TILES


def test_an_unpaired_translator_of_the_few_sees_their_target_and_every_source_but_whom_its_gates_need(members):
    few = few_patients(PAIRED, 2, seed=0, repeat=0)
    data = read(members, "cyclegan", pairs=2, held_back=0.2)
    (kept,) = data.held_back
    assert kept == by_hash(set(PAIRED) - few, 0, "held_back")[0]
    assert shown(data)["target"] == "".join(sorted(few))
    assert shown(data)["source"] == "".join(sorted(set(PAIRED + PLAIN) - {kept}))
    assert set(shown(data)["examples"]) == few


def test_where_all_pairs_may_be_learned_from_a_share_of_them_is_held_back(members):
    first = by_hash(PAIRED, 0, "held_back")[:1]
    for method in ("pix2pix", "cyclegan"):
        assert read(members, method, pairs=5, held_back=0.2).held_back == first


def test_another_repeat_draws_other_patients_and_fewer_are_among_more(members):
    drawn = {n: [read(members, pairs=p, repeat=n).patients for p in (2, 3)] for n in (0, 1)}
    assert drawn[0] != drawn[1]
    assert all(set(two) < set(three) for two, three in drawn.values())


def test_more_pairs_than_there_are_is_told(members):
    with pytest.raises(ProductError, match="6 training patients with a registered partner are asked for, and 5 are"):
        read(members, pairs=6)


def test_rows_of_who_is_held_back_are_of_the_stains_that_they_have(members):
    for share in (0.2, 0.4):
        data = read(members, "cyclegan", held_back=share)
        assert {name: len(tiles) for name, tiles in data.held.items()} == {"source": 16, "target": 16}
        for name, stain in (("source", "HE"), ("target", "IHC")):
            assert seen(data.held[name], stain) == "".join(data.held_back)
    alone = Cohort(members.members[name] for name in ("f-IHC", "h-HE", "g-HE"))  # nobody has both stains
    data = read(alone, "cyclegan", held_back=0.2)
    assert list(data.held) == ["source"]
    assert [seen(data.held["source"], "HE")] == data.held_back
    assert not read(members, "cyclegan", held_back=0.0).held
