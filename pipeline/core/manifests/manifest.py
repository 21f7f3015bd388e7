"""What a product says of itself: ``X.json``, written last, so that its existence means complete."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json


class Manifest(BaseModel):
    """The fields that every manifest has. Deterministic: no times, hosts or absolute paths.

    Args:
        status: ``quarantined`` where a slide cannot be used.
        payload: The files and folders beside the manifest that were made; without them the product is made again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal["complete", "quarantined"] = "complete"
    payload: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads ``X.json``; raises ProductError where it is missing or was written by another version."""
        content = read_json(path)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise ProductError(
                f"not a manifest of this version: {key}: {first['msg']}", where=str(path), fix="delete it and run again"
            ) from None
