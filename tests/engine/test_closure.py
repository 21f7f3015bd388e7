import pytest

from pipeline.engine import closure as module
from pipeline.engine.closure import closure, digest_code

MACENKO, REFERENCE = "pipeline.normalize.macenko:Macenko", "pipeline.normalize.reference:make_reference"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of its own: ``a`` imports ``b`` inside a function, ``b`` its parent's ``c``; ``d`` stands alone."""
    folder = tmp_path / "toy"
    (folder / "sub").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "sub/__init__.py").touch()
    (folder / "a.py").write_text("def f():\n    from toy.sub.b import g\n    import json\n")
    (folder / "sub/b.py").write_text("from toy.sub import c\nfrom toy.engine import x\n")
    (folder / "sub/c.py").write_text("")
    (folder / "sub/style.css").write_text("")
    (folder / "d.py").write_text("")
    (folder / "engine.py").write_text("from toy import d\n")
    monkeypatch.setattr(module, "CODE", folder)
    monkeypatch.setattr(module, "PACKAGE", "toy")
    forget()
    yield folder
    forget()


def forget():
    module._imports.cache_clear()
    module._digest.cache_clear()


def test_imports_are_followed_wherever_they_stand_but_not_into_the_engine(package):
    assert closure(["toy.a"]) == {"toy", "toy.a", "toy.sub", "toy.sub.b", "toy.sub.c"}


@pytest.mark.parametrize(
    ("file", "same"),
    [("a.py", False), ("sub/c.py", False), ("sub/style.css", False), ("d.py", True), ("engine.py", True)],
)
def test_the_digest_changes_with_what_can_be_reached_alone(package, file, same):
    before = digest_code(["toy.a:f"])
    (package / file).write_text("# changed\n")
    forget()
    assert (digest_code(["toy.a:f"]) == before) is same


def test_methods_have_digests_of_their_own():
    assert digest_code([MACENKO]) != digest_code([REFERENCE])
    assert digest_code([MACENKO, REFERENCE]) == digest_code([REFERENCE, MACENKO])
