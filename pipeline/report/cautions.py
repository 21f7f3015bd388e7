"""What has to be said beside a gain, so that it is not read as more than it is."""

from pipeline.report.answer import CLAIMED, Outcome, named


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
        f"A view that shows nothing new gained as well ({named(list(gained))}): "
        "a gain over no view holds more than what the view shows."
    )


def costly(found: list[Outcome]) -> str:
    """Said where arms gain over the controls and yet do no better than without a view; empty elsewhere."""
    claimed = [f for outcome in found for f in outcome.findings if f.arm.role == "synthetic" and f.headline]
    lost = {
        f.arm.name: None
        for f in claimed
        if f.headline and f.published and (f.headline.gain.value or 0) > 0 >= (f.published.gain.value or 0)
    }
    if not lost:
        return ""
    return (
        f"But {named(list(lost))} did no better than an encoder without a view somewhere: "
        "a third branch costs more there than its view brings."
    )
