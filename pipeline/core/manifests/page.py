"""What ``report`` says of its page."""

from pathlib import Path

from pipeline.core.manifests.manifest import Manifest


class PageManifest(Manifest):
    """The page.

    Args:
        page: HTML.
        digest: Of what it says.
        pictures: How many it shows.
    """

    page: Path
    digest: str
    pictures: int
