from pipeline.commands.data.layer import layer_of

CONTENT = {"stains": {"HE": {}}, "tile": None, "segment": None, "evaluate": {"tasks": {}}}


def test_a_stain_is_said_anew():
    assert layer_of({"stains": {"HE": {"kind": "electron"}}}, CONTENT) == {"stains.HE": {"kind": "electron"}}


def test_a_phase_that_is_empty_stays_so():
    settings = {"segment": {"labels": "axons"}, "normalize": {"method": "none"}, "tile": {"size": 96}}
    assert layer_of(settings, CONTENT) == {"normalize": {"method": "none"}, "tile": {"size": 96}}
