import numpy as np
import pytest

from pipeline.core.measures.interval import leave_one_out
from pipeline.core.measures.specificity import Specificity

RNG = np.random.default_rng(0)
UNITS, PATIENTS = 4000, 4
PATIENT = np.repeat(np.arange(PATIENTS), UNITS // PATIENTS)
COMPOSITION = RNG.normal(size=(UNITS, 2))
MARKERS = 0.5 * COMPOSITION[:, :1] + RNG.normal(size=(UNITS, 3))  # each rises with composition, and has its own part


def figures(synthetic, real=MARKERS, composition=COMPOSITION, patient=PATIENT, names=("a", "b", "c")):
    patients = int(patient.max()) + 1
    return Specificity.of(names, synthetic, real, composition, patient, patients).values(leave_one_out(patients))


def margins(synthetic):
    return [figures(synthetic)[f"{name}/margin"][0] for name in "abc"]


def test_a_translator_that_knows_its_markers_has_the_margin_of_the_truth():
    """Own 1; composition 0.5 / sqrt(1.25) = 0.447; other 0.25 / 1.25 = 0.2."""
    found = figures(MARKERS)
    assert found["a/own"][0] == pytest.approx(1)
    assert found["a/composition"][0] == pytest.approx(0.447, abs=0.03)
    assert found["a/other"][0] == pytest.approx(0.2, abs=0.04)
    assert found["a/margin"][0] == pytest.approx(1 - 0.447, abs=0.03)


def test_a_translator_that_paints_the_composition_has_none():
    painted = np.repeat(COMPOSITION[:, :1], 3, axis=1) + 0.1 * RNG.normal(size=(UNITS, 3))
    assert max(margins(painted)) < -0.4
    assert figures(painted)["a/own"][0] > 0.4  # which alone would look like a success


def test_it_makes_no_difference_that_composition_is_painted_upside_down():
    assert max(margins(np.repeat(-COMPOSITION[:, :1], 3, axis=1))) < -0.4


def test_a_channel_that_follows_another_marker_has_none():
    found = figures(MARKERS[:, [1, 0, 2]])
    assert found["a/margin"][0] < -0.5
    assert found["a/other"][0] == pytest.approx(1)
    assert found["c/margin"][0] > 0.4


def test_how_strongly_patients_are_stained_counts_for_nothing():
    """Patients' means agree, and nothing else does."""
    strength = 100.0 * PATIENT[:, None]
    found = figures(RNG.normal(size=(UNITS, 3)) + strength, MARKERS + strength)
    assert abs(found["a/own"][0]) < 0.1


def test_without_a_patient_it_is_that_of_the_others():
    synthetic = MARKERS.copy()
    synthetic[PATIENT == 2] *= -1
    whole, *less = figures(synthetic)["a/own"]
    assert whole == pytest.approx(0.5, abs=0.05)
    assert less[2] == pytest.approx(1)


def test_channels_that_are_not_asked_about_are_rivals():
    found = figures(MARKERS[:, :2], MARKERS[:, :2], names=("DAB",))
    assert [name.partition("/")[0] for name in found] == ["DAB"] * 4
    assert found["DAB/other"][0] > 0.1


def test_a_constant_channel_has_no_figure():
    found = figures(np.full((UNITS, 3), 0.1) * (1 + PATIENT[:, None]))
    assert np.isnan(found["a/own"]).all()
    assert np.isnan(found["a/margin"]).all()


def test_one_channel_of_a_source_without_haematoxylin_has_no_rival():
    found = figures(MARKERS[:, :1], MARKERS[:, :1], COMPOSITION[:, :0], names=("a",))
    assert found["a/own"][0] == pytest.approx(1)
    assert np.isnan([found["a/other"][0], found["a/composition"][0], found["a/margin"][0]]).all()


def test_one_patient_has_a_figure():
    assert figures(MARKERS, patient=np.zeros(UNITS, int))["a/own"] == pytest.approx([1])
