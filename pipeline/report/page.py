"""The page: every section, rendered."""

from pipeline.core.digests import digest_bytes
from pipeline.core.files import write_text
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.page import PageManifest
from pipeline.core.measures.figures import read_figures
from pipeline.report.card import write_cards
from pipeline.report.context import gather, members_of
from pipeline.report.render import render
from pipeline.report.timing import costs


def make_page(job: Job) -> PageManifest:
    """Writes one HTML page from the products of every phase, and the model card of every encoder of the first fold.

    What the study does not have, and what was lost since (privileged stores, benchmarks, sample pictures),
    is left out of the page, which says so.

    Args:
        job: Inputs ``tiled``, ``normalized``, ``trials``, ``translators``, ``privileged``, ``synthetic``, ``encoders``,
            ``segmenters`` and ``scores``, the indexes of the phases, and ``figures``, as far as the study has them; its
            spec gives ``title``, ``tiles`` (columns of a panel), ``seed``, ``params`` (the study), ``arms`` (the fields
            of :class:`pipeline.report.entry.Entry`), ``segmenters`` (likewise of SegmenterEntry), ``few``, ``baseline``
            and ``rules`` with their phases; outputs ``page``, ``cards`` and, apart from it for they change with every
            run, ``costs``.
    """
    context, page, cards = gather(job), job.outputs["page"], job.outputs["cards"]
    said = render("page", context)
    write_text(page, said)
    taken = costs(job.spec["rules"], context["names"])
    write_text(job.outputs["costs"], render("costs", {"title": context["title"], "costs": taken}))
    figures = read_figures(job.inputs["figures"]) if "figures" in job.inputs else []
    write_cards(cards, members_of(job, "encoders", EncoderManifest).values(), figures, crossed=any(job.spec["folds"]))
    return PageManifest(
        payload=(page, cards), page=page, digest=digest_bytes(said.encode()), pictures=said.count("<img ")
    )
