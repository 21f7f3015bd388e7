"""What has to be said beside a gain, so that it is not read as more than it is."""

from collections.abc import Mapping

from pipeline.core.manifests.scores import CLAIMED
from pipeline.report.answer import Outcome, quoted
from pipeline.report.entry import Entry


def caution(found: list[Outcome]) -> str:
    """What controls mean for the published gains; empty where no control gained."""
    gained = {
        f.arm.name: None
        for outcome in found
        for f in outcome.findings
        if f.arm.role not in CLAIMED and f.published and f.published.said == "better"
    }
    if not gained:
        return ""
    return (
        f"A view that shows nothing new gained as well ({quoted(list(gained))}): "
        "a gain over no view holds more than what the view shows."
    )


def costly(found: list[Outcome]) -> str:
    """Said where arms are better than the controls and not shown to be better than no view; empty elsewhere."""
    claimed = [f for outcome in found for f in outcome.findings if f.arm.role == "synthetic" and f.said == "better"]
    unseen = {f.arm.name: None for f in claimed if f.published and f.published.said != "better"}
    worse = {f.arm.name: None for f in claimed if f.published and f.published.said == "worse"}
    if not unseen:
        return ""
    said = (
        f"But {quoted(list(unseen))} {_were(unseen)} not shown to do better than an encoder without a view everywhere"
    )
    cost = f", and {quoted(list(worse))} did worse: a third branch costs more there than its view brings"
    return f"{said}{cost if worse else ''}."


def alike(arms: list[Entry], repeats: Mapping[str, int], seeds: int) -> list[str]:
    """Said of synthetic arms whose encoders learn from fewer translators than there are encoders; nothing elsewhere.

    Args:
        arms: Of the study.
        repeats: Translator to how often it was trained.
        seeds: Encoders of an arm.
    """
    few = {arm.name: None for arm in arms if arm.role == "synthetic" and repeats.get(arm.view, seeds) < seeds}
    if not few:
        return []
    each = " each" if len(few) > 1 else ""
    return [
        f"The encoders of {quoted(list(few))}{each} share translators: how much another training of these would "
        "change, no interval says."
    ]


def _were(names: Mapping[str, None]) -> str:
    return "were" if len(names) > 1 else "was"
