"""A checkout of its own with a tiny study of real slide files, run by both engines."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from pipeline.core.slides.slide import Slide
from pipeline.study.sheet import write_sheet

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

TINY = {
    "seed": 0,
    "folds": None,
    "stains": {},
    "tile": {"mpp": 1.0, "size": 32, "stride": 32, "min_tissue": 0.5},
    "normalize": {},
    "translate": {
        "he2ihc": {
            "method": "pix2pix",
            "target": "IHC",
            "pairing": "paired",
            "steps": 2,
            "batch": 4,
            "options": {"ngf": 4, "downs": 3, "ndf": 4},
        }
    },
    "synthesize": {"gates": {"min_agreement": -1.0, "max_cycle_jump": 1.0, "min_nuclei": -1.0}},
    "pretrain": {
        "arms": {
            "plain": {"objective": "unprivileged", "loss": "vicreg"},
            "synthetic": {"objective": "trident", "loss": "vicreg", "privileged": "he2ihc"},
        },
        "seeds": [0],
        "epochs": 1,
        "batch": 32,
        "lr": 0.001,
        "encoder": {"depth": 18, "width": 4},
        "projector": {"width": 16, "layers": 2},
    },
    "segment": None,
    "evaluate": {
        "tasks": {"tissue": {"kind": "annotation"}},
        "baseline": "plain",
        "few": 5,
        "draws": 2,
        "heads": ["linear", "knn"],
        "neighbours": 3,
    },
    "report": {},
}


@dataclass
class Tree:
    """A checkout and the study ``study/`` inside it."""

    root: Path

    @property
    def study(self) -> Path:
        return self.root / "study"

    def run(self, *command, where=None, check=True):
        """Runs a command of this environment on this checkout's code; returns what it printed."""
        environment = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.root),
            "SNAKEMAKE_PROFILE": str(self.root / "verbose"),
            "GIT_CONFIG_GLOBAL": str(self.root / "gitconfig"),
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            command, cwd=where or self.study, env=environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def snakemake(self, *options):
        """The jobs that Snakemake ran, as ``rule`` or ``rule key``."""
        return jobs(self.run("snakemake", "--snakefile", self.root / "Snakefile", *options))

    def pending(self):
        """The jobs that Snakemake would run now."""
        return self.snakemake("--dry-run")

    def repro(self):
        """The jobs that ``dvc repro`` ran."""
        return jobs(self.run("dvc", "repro"))

    def clean(self):
        return "Data and pipelines are up to date" in self.run("dvc", "status", "dvc.yaml")

    def copy(self, root):
        """The same elsewhere, dates and all."""
        shutil.copytree(self.root, root, symlinks=True)
        return Tree(root)

    def clone(self, root):
        """What git holds of it, elsewhere."""
        self.run("git", "clone", "-q", str(self.root), str(root), where=self.root)
        return Tree(root)

    def commit(self, message="state"):
        self.run("git", "add", "-A", where=self.root)
        self.run("git", "commit", "-qm", message, "--allow-empty", where=self.root)

    def params(self, change):
        content = yaml.safe_load((self.study / "params.yaml").read_text())
        change(content)
        (self.study / "params.yaml").write_text(yaml.safe_dump(content))

    def sheet(self, *patients):
        """Lists these patients' H&E slides and, of the first two, the registered IHC."""
        write_sheet(self.study / "data/slides.csv", [slide for p in patients for slide in slides(p, "data/raw")])


def slides(patient, folder):
    """A patient's H&E slide and, of the first two, the registered IHC; ``e`` comes from another site."""
    site, split = "y" if patient == "e" else "x", "test" if patient == "d" else "train"
    whose = {"patient_id": patient, "site": site, "split": split}
    he, ihc = f"{patient}-HE", f"{patient}-IHC"
    yield Slide(slide_id=he, path=f"{folder}/{he}.tif", stain="HE", annotations=f"{folder}/{he}.geojson", **whose)
    if patient in "ab":
        yield Slide(slide_id=ihc, path=f"{folder}/{ihc}.tif", stain="IHC", paired_with=he, **whose)


def jobs(output):
    """``rule`` or ``rule wildcard,wildcard`` of every job that Snakemake's output announces."""
    blocks = re.findall(r"^(?:local)?(?:rule|checkpoint) (\w+):\n((?: .*\n)*)", output, flags=re.MULTILINE)
    found = []
    for rule, body in blocks:
        wildcards = re.search(r"wildcards: (.*)", body)
        values = re.findall(r"\w+=([^,]+)", wildcards.group(1)) if wildcards else []
        found.append(" ".join([rule, *values]))
    return sorted(name for name in found if name != "all" and not name.endswith("_all"))


def checkout(root: Path) -> Tree:
    """Copies the project's files, not its products, to ``root``."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    tree = Tree(root)
    (root / "verbose").mkdir()
    (root / "verbose/config.yaml").write_text("cores: 2\nrerun-incomplete: true\nshow-failed-logs: true\n")
    (root / "gitconfig").write_text("[user]\n name = t\n email = t@example.org\n")
    return tree


def draw_slides(tree: Tree, folder: Path) -> None:
    """Renders the phantom slides of patients a to e as plain slide files in ``folder``."""
    work = tree.root / "draw"
    work.mkdir()
    content = {**TINY, "tile": {**TINY["tile"], "phantom": {"size": 768}}}
    (work / "params.yaml").write_text(yaml.safe_dump(content))
    rows = [slide for patient in "abcde" for slide in slides(patient, "data/phantom")]
    write_sheet(work / "data/slides.csv", rows)
    folder.mkdir(parents=True)
    for row in rows:
        tree.run("synpriv", "tile", "phantom", row.slide_id, where=work)
        for ending in ("tif", "geojson"):
            shutil.move(work / f"data/phantom/{row.slide_id}.{ending}", folder)
    shutil.rmtree(work)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """A checkout with the slides of patients a to e, and no study."""
    tree = checkout(tmp_path_factory.mktemp("drawn") / "checkout")
    draw_slides(tree, tree.study / "data/raw")
    return tree


@pytest.fixture(scope="module")
def tree(drawn, tmp_path_factory):
    """A checkout whose study has been made but not run; patients a, b, c train and d tests."""
    tree = drawn.copy(tmp_path_factory.mktemp("tree") / "checkout")
    tree.run("synpriv", "init", "study", "--slides", "study/data/raw", where=tree.root)
    (tree.study / "params.yaml").write_text(yaml.safe_dump(TINY))
    tree.sheet("a", "b", "c", "d")
    tree.run("git", "init", "-q", where=tree.root)
    tree.run("dvc", "add", "-q", "data/raw")
    tree.run("dvc", "remote", "add", "-d", "store", str(tree.root.parent / "remote"))
    tree.commit("a study")
    return tree


@pytest.fixture(scope="module")
def finished(tree):
    """The same, run by Snakemake, recorded by DVC, committed and pushed."""
    (tree.root / "dvc.yaml").unlink()  # the checkout's own study was never run, and DVC would say so each time
    tree.snakemake()
    tree.repro()
    tree.commit("its results")
    tree.run("dvc", "push", "-q", "--recursive", ".")
    return tree
