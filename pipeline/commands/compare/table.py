"""Gains of several studies as a table in Markdown, and whether a claim turns from one to another."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pipeline.commands.compare.finished import Gain
from pipeline.core.manifests.scores import UNSAID
from pipeline.core.measures.domains import DOMAINS
from pipeline.report.figures import ABSENT, LABELS, PLAIN, POINTS, Unit, head
from pipeline.report.tables import PROBES

OF_NO_SHARE = ("r2", "spearman")  # metrics whose gains are no points
TEXTS: Mapping[str, Callable[[Gain], str]] = {
    "arm": lambda gain: gain.arm,
    "over": lambda gain: gain.against,
    "task": lambda gain: gain.task,
    "in": lambda gain: _counted(gain.metric),
}


def table(gains: list[Gain]) -> Iterator[str]:
    """What all rows have in common, then a row for every study and comparison, lines of Markdown.

    Args:
        gains: Study by study; rows of the same comparison stand together.
    """
    same = {name: text(gains[0]) for name, text in TEXTS.items() if len({text(gain) for gain in gains}) == 1}
    varying = {name: text for name, text in TEXTS.items() if name not in same}
    domains = [domain for domain in DOMAINS if any(gain.domain == domain for gain in gains)]
    yield f"Gains, {', '.join(f'{name} {value}' for name, value in same.items())}:" if same else "Gains:"
    yield ""
    yield _line(["study", *varying, *(LABELS[domain] for domain in domains)])
    yield _line(["---"] * (1 + len(varying) + len(domains)))
    for own in _grouped(gains, lambda gain: gain.compared):
        for row in _grouped(own, lambda gain: gain.study):
            cells = {gain.domain: _cell(gain) for gain in row}
            texts = (text(row[0]) for text in varying.values())
            yield _line([row[0].study, *texts, *(cells.get(domain, ABSENT) for domain in domains)])


def turning(gains: list[Gain]) -> str:
    """Whether the sign or the verdict of a comparison turns across studies, in one line.

    A verdict that says nothing, as of too few, turns nothing.
    """
    places = [own for own in _grouped(gains, lambda gain: (*gain.compared, gain.domain)) if len(_values(own)) > 1]
    judged = [own for own in places if len(_said(own)) > 1]
    if not places:
        return "No comparison is in two studies: there is nothing to turn."
    signs = [own for own in places if min(_values(own)) < 0 < max(_values(own))]
    verdicts = [own for own in judged if len(set(_said(own))) > 1]
    told = f"The sign turns in {_told(signs, len(places))}"
    told += f", the verdict in {_told(verdicts, len(judged))}" if judged else "; no two verdicts say enough to turn"
    return f"{told}: a claim that turns with a nuisance is no claim." if signs or verdicts else f"{told}."


def _told(turned: list[list[Gain]], among: int) -> str:
    """How many of so many comparisons, and which."""
    names = (f"{own[0].arm} over {own[0].against}, {own[0].task}, {LABELS[own[0].domain]}" for own in turned)
    count = f"{len(turned) or 'none'} of {among} comparison{'s' if among > 1 else ''}"
    return f"{count} ({'; '.join(names)})" if turned else count


def _values(gains: Iterable[Gain]) -> list[float]:
    return [gain.estimate.value for gain in gains if gain.estimate.value is not None]


def _said(gains: Iterable[Gain]) -> list[str]:
    return [gain.said for gain in gains if gain.said and gain.said not in UNSAID]


def _grouped(gains: Iterable[Gain], key: Callable[[Gain], object]) -> list[list[Gain]]:
    found: dict[object, list[Gain]] = {}
    for gain in gains:
        found.setdefault(key(gain), []).append(gain)
    return list(found.values())


def _cell(gain: Gain) -> str:
    told = _unit(gain.metric).told(gain.estimate)
    return f"{told}, {gain.said}" if gain.said else told


def _unit(metric: str) -> Unit:
    return PLAIN if metric.rpartition("/")[2] in OF_NO_SHARE else POINTS


def _counted(metric: str) -> str:
    """What gains are told in, such as ``points of balanced accuracy (few labels)``."""
    probe, _, name = metric.rpartition("/")
    counted = head(name) if _unit(metric) is PLAIN else f"points of {head(name)}"
    return f"{counted} ({PROBES.get(probe, head(probe)).lower()})" if probe else counted


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
