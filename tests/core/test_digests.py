import numpy as np

from pipeline.core.digests import digest_array


def test_digest_sees_values_shape_and_type():
    array = np.arange(6, dtype=np.uint8)
    digests = {digest_array(a) for a in (array, array[::-1], array.reshape(2, 3), array.astype(np.int8))}
    assert len(digests) == 4
    assert digest_array(array.reshape(2, 3).T.copy()) == digest_array(array.reshape(2, 3).T)
