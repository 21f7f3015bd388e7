"""The page in headless Chromium: no console error, every picture loaded."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.core.job import Job
from tests.report.conftest import PAGE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000",
]  # fmt: skip
COUNT = """<script>
addEventListener("load", () => {
  for (const i of document.images) {
    const p = document.createElement("p");
    p.textContent = "picture " + i.complete + " " + i.naturalWidth + " of " + i.alt;
    document.body.append(p);
  }
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  document.body.append("overflow " + wide + ".");
});
</script>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")


@pytest.fixture
def opened(study: Job, tmp_path: Path) -> tuple[str, str, str]:
    """The page, the DOM after loading a copy with a counting script, and what Chromium logged."""
    text = PAGE.read_text()
    copy = tmp_path / "copy.html"
    copy.write_text(text.replace("</body>", f"{COUNT}</body>"))
    command = [CHROMIUM, *FLAGS, "--window-size=1366,900", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([*command, copy.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return text, done.stdout, done.stderr


def test_every_picture_loads_and_nothing_complains(opened: tuple[str, str, str]) -> None:
    text, dom, log = opened
    loaded = re.findall(r"<p>picture (true|false) (\d+) of ", dom)
    assert len(loaded) == text.count("<img ")
    assert all(complete == "true" and int(width) > 0 for complete, width in loaded)
    assert "CONSOLE" not in log
    assert re.search(r"overflow 0\.", dom), "the page scrolls sideways on a laptop"
