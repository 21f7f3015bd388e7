"""Public data sets by name. Another set is one more file in this folder and one entry in the table.

A file holds a :class:`DataSet`: the facts that ``synpriv data show`` prints, the settings that are laid over the
study's ``params.yaml``, and ``rows``, which turns a :class:`Folder` into slides:

- Look for folders and files with ``folder.find``, list them with ``folder.names``, and compare numbers with
  ``folder.count`` and names with ``folder.lack``: what is wrong is kept in ``folder.missing`` and told all at once,
  before anything is written. Go on with what is there: with ``--partial`` it is taken. Tables are read with
  :func:`pipeline.commands.data.table.read_table`.
- A slide is a file, a folder, or many small images: ``folder.path``, or ``folder.listed`` for those of one
  patient, site, split and label.
- Say the official ``split``, and leave it empty only where there is none. ``patient_id`` is what the data say; where
  they say nothing, it is the official group, and ``unit`` says in plain plural words what that is.
- ``folder.settings`` is what files say otherwise than the data set's settings, such as another order of channels.
- ``folder.notes`` are told when the study is written: what was left out, and why.

Facts have a source, and what was not seen on the files themselves stands under ``unverified``. Numbers of images are
constants of the module, so that a test on a few drawn ones can change them.
"""

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.sets.axondeepseg import AXONDEEPSEG_SEM, AXONDEEPSEG_TEM
from pipeline.commands.data.sets.bci import BCI
from pipeline.commands.data.sets.camelyon17_wilds import CAMELYON17_WILDS
from pipeline.commands.data.sets.dsb2018 import DSB2018
from pipeline.commands.data.sets.glas import GLAS
from pipeline.commands.data.sets.hemit import HEMIT
from pipeline.commands.data.sets.idc_dicom import IDC_DICOM
from pipeline.commands.data.sets.lizard import LIZARD
from pipeline.commands.data.sets.monuseg import MONUSEG
from pipeline.commands.data.sets.nct_crc import NCT_CRC
from pipeline.commands.data.sets.orion_crc import ORION_CRC
from pipeline.commands.data.sets.pannuke import PANNUKE
from pipeline.commands.data.sets.segpath import SEGPATH
from pipeline.commands.data.sets.tcga import TCGA
from pipeline.core.errors import StudyError

SETS: dict[str, DataSet] = {
    found.name: found
    for found in (
        *(NCT_CRC, CAMELYON17_WILDS, TCGA, IDC_DICOM, MONUSEG, DSB2018, PANNUKE, LIZARD, GLAS, SEGPATH),
        *(BCI, HEMIT, ORION_CRC, AXONDEEPSEG_SEM, AXONDEEPSEG_TEM),
    )
}


def find_set(name: str) -> DataSet:
    """The data set of a name; raises StudyError that lists the known."""
    if name not in SETS:
        raise StudyError(f"no public data set {name!r}", where="--data", fix=f"choose one of: {', '.join(SETS)}")
    return SETS[name]
