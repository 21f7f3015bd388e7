import subprocess
import sys

import pytest

from pipeline.core.lazy import lazy

FILES = {
    "__init__.py": "STARTED, __version__ = True, '1.2'\nimport slowly.deep\n",
    "deep/__init__.py": "from slowly.deep.leaf import leaf as exported\nINIT = 'deep'\n",
    "deep/leaf.py": "from slowly import __version__\ndef leaf(): return __version__\n",
    "deep/asks.py": "from slowly.deep import INIT\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package called ``slowly``."""
    for name, text in FILES.items():
        path = tmp_path / "slowly" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    info = tmp_path / "slowly-1.2.dist-info" / "METADATA"
    info.parent.mkdir()
    info.write_text("Metadata-Version: 2.1\nName: slowly\nVersion: 1.2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "slowly"]:
        del sys.modules[name]


def test_a_module_is_had_without_its_packages_starting(package):
    with lazy("slowly"):
        from slowly.deep.leaf import leaf

        assert "STARTED" not in vars(sys.modules["slowly"])
        assert "INIT" not in vars(sys.modules["slowly.deep"])
    assert leaf() == "1.2"


def test_a_package_starts_when_something_of_its_own_is_asked_for(package):
    with lazy("slowly"):
        from slowly.deep.asks import INIT

        assert "STARTED" not in vars(sys.modules["slowly"])
    assert INIT == "deep"


def test_afterwards_the_package_starts_as_usual(package):
    with lazy("slowly"):
        import slowly.deep.leaf
    assert not [name for name in sys.modules if name.startswith("slowly")]
    import slowly.deep

    assert slowly.STARTED
    assert slowly.deep.exported is slowly.deep.leaf.leaf


def test_a_package_that_was_started_is_used_as_it_is(package):
    import slowly

    with lazy("slowly"):
        from slowly.deep.leaf import leaf
    assert slowly.deep.leaf.leaf is leaf
    assert sys.modules["slowly"] is slowly


def test_what_is_not_needed_is_left_aside(package, tmp_path):
    (tmp_path / "slowly/plots.py").write_text(
        "try:\n    import aside_of_slowly\nexcept ImportError:\n    aside_of_slowly = None\n"
    )
    (tmp_path / "aside_of_slowly.py").write_text("")
    with lazy("slowly", without="aside_of_slowly"):
        from slowly.plots import aside_of_slowly as left
    assert left is None
    import aside_of_slowly

    with lazy("slowly", without="aside_of_slowly"):
        from slowly.plots import aside_of_slowly as used
    assert used is aside_of_slowly
    del sys.modules["aside_of_slowly"]


def test_what_does_not_exist_is_an_error_as_usual(package):
    with pytest.raises(ImportError), lazy("slowly"):
        from slowly.deep import nothing  # noqa: F401
    with pytest.raises(ModuleNotFoundError), lazy("slowly"):
        import slowly.missing  # noqa: F401


@pytest.mark.slow
def test_an_encoder_starts_no_more_of_monai_than_it_needs_and_is_monais():
    code = """
import sys, torch
from pipeline.core.networks.resnet import ResNet
assert not {"monai", "monai.apps", "scipy.stats", "skimage", "lightning_fabric", "matplotlib"} & set(sys.modules)
torch.manual_seed(0)
ours = ResNet("basic", [1, 1, 1, 1], [4, 8, 16, 32], spatial_dims=2, n_input_channels=3)
import monai.metrics
from monai.networks.nets import ResNet as Whole
torch.manual_seed(0)
theirs = Whole("basic", [1, 1, 1, 1], [4, 8, 16, 32], spatial_dims=2, n_input_channels=3)
assert all(torch.equal(a, b) for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True))
assert monai.transforms.Compose and monai.__version__
"""
    subprocess.run([sys.executable, "-c", code], check=True)
