"""Domains: the groups of patients in which scores are told apart."""

TRAIN, IN_DOMAIN, UNSEEN, EVERYONE = "train", "in_domain", "unseen_site", "all"
TESTED = (IN_DOMAIN, UNSEEN)  # test patients of sites with, and without, a training patient
DOMAINS = (TRAIN, *TESTED, EVERYONE)  # in the order of tables


def domain_of(split: str, *, seen: bool) -> str | None:
    """The domain of a patient; None for one of the val split.

    Args:
        split: ``train``, ``val`` or ``test``.
        seen: The site has a training patient.
    """
    if split == "test":
        return IN_DOMAIN if seen else UNSEEN
    return TRAIN if split == "train" else None
