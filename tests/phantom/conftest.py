import pytest

from tests.phantom.jobs import phantom_job, write_phantom


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory):
    """Folder of one registered triple: A1-HE, A1-IHC, A1-nuclei, of 1024 px."""
    folder = tmp_path_factory.mktemp("phantom")
    for stain in ("HE", "IHC", "nuclei"):
        write_phantom(phantom_job(folder, f"A1-{stain}", stain=stain, paired_with="" if stain == "HE" else "A1-HE"))
    return folder
