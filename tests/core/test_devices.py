from pipeline.core.devices import gpus


def test_devices_are_counted(tmp_path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "null"):
        (tmp_path / name).touch()
    assert gpus(tmp_path) == 2
