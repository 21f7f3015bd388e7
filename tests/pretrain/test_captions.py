import numpy as np

from pipeline.pretrain.captions import CaptionTable


def test_every_sentence_stands_once_and_shorter_lists_come_again():
    table, told = CaptionTable.of([("b", "a"), ("c",), (), ("b", "a")])
    assert told.tolist() == [0, 1, 3]
    assert table.texts == ("a", "b", "c")
    assert table.rows.dtype == np.int64
    assert table.rows.tolist() == [[1, 0], [2, 2], [1, 0]]
