import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipeline.core.errors import ProductError
from pipeline.core.networks.inception_file import TELLING, inspect_inception, read_tensors

TENSORS = {name: torch.zeros(shape) for name, shape in TELLING.items()}


class Code:
    """Makes a file when it is loaded by whoever runs what it says."""

    def __reduce__(self):
        return Path.touch, (Path("was-run"),)


def test_what_a_header_tells_is_told_before_anything_is_loaded(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file(TENSORS, path)
    inspect_inception(path)
    save_file({**TENSORS, "fc.weight": torch.zeros(1000, 2048)}, path)
    with pytest.raises(ProductError, match=r"'fc.weight': expected \[1008, 2048\], found \[1000, 2048\]"):
        inspect_inception(path)


@pytest.mark.parametrize("form", [True, False])
def test_files_of_torch_of_today_and_of_old_are_read(tmp_path, form):
    path = tmp_path / "weights.pth"
    torch.save(TENSORS, path, _use_new_zipfile_serialization=form)
    inspect_inception(path)
    assert {name: tuple(value.shape) for name, value in read_tensors(path).items()} == TELLING


def test_code_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"fc.weight": Code()}, "weights.pth")
    with pytest.raises(ProductError, match="tensors and nothing else: UnpicklingError"):
        read_tensors(Path("weights.pth"))
    Path("plain.pth").write_bytes(pickle.dumps(Code()))
    with pytest.raises(ProductError, match="tensors and nothing else"):
        read_tensors(Path("plain.pth"))
    assert not Path("was-run").exists()


@pytest.mark.parametrize("content", [[torch.zeros(3)], {"state_dict": TENSORS}, {"epoch": 3}])
def test_other_things_than_tensors_by_name_are_told(tmp_path, content):
    path = tmp_path / "weights.pth"
    torch.save(content, path)
    with pytest.raises(ProductError, match="expected a state dict, tensors by name"):
        read_tensors(path)


def test_a_file_that_was_cut_is_told(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(TENSORS, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ProductError, match="cannot be loaded") as error:
        read_tensors(path)
    assert "copy it again" in error.value.fix


@pytest.mark.parametrize(
    ("name", "told"), [("gone.pth", "no such file"), ("page.pth", "another kind"), ("a.txt", "another kind")]
)
def test_what_is_no_file_of_weights_is_told(tmp_path, name, told):
    for own in ("page.pth", "a.txt"):
        (tmp_path / own).write_text("<html>")
    with pytest.raises(ProductError, match=told) as error:
        inspect_inception(tmp_path / name)
    assert "pytorch-fid" in error.value.fix
