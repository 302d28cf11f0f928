from collections import namedtuple

import pytest

from lab import disk
from lab.disk import Pending
from lab.error import LabError

ALL = Pending(builds=True, image=True, cluster=True)
Usage = namedtuple("Usage", "total used free")


def _with_free(monkeypatch, size):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: Usage(0, 0, size))


def test_enough_passes_and_one_byte_less_does_not(monkeypatch, tmp_path):
    monkeypatch.setattr(disk, "engine_folder", lambda: tmp_path)
    cache = tmp_path / "not" / "there" / "yet"
    needed = disk.BUILDS + disk.IMAGE + disk.CLUSTER
    _with_free(monkeypatch, needed)
    disk.check(cache, ALL)
    _with_free(monkeypatch, needed - 1)
    with pytest.raises(LabError, match=f"{needed / disk.GB:.0f} GB libres"):
        disk.check(cache, ALL)


def test_each_optional_part_needs_its_room(monkeypatch, tmp_path):
    monkeypatch.setattr(disk, "engine_folder", lambda: tmp_path)
    nothing = Pending(builds=False, image=False, cluster=False, parts=2)
    needed = 2 * (disk.PART_BUILD + disk.PART_IMAGE)
    _with_free(monkeypatch, needed)
    disk.check(tmp_path, nothing)
    _with_free(monkeypatch, needed - 1)
    with pytest.raises(LabError, match="No alcanza el disco"):
        disk.check(tmp_path, nothing)


def test_a_lab_that_is_there_needs_no_room(monkeypatch, tmp_path):
    monkeypatch.setattr(disk, "engine_folder", lambda: tmp_path)
    _with_free(monkeypatch, 0)
    disk.check(tmp_path, Pending(builds=False, image=False, cluster=False))
    with pytest.raises(LabError):
        disk.check(tmp_path, Pending(builds=False, image=False, cluster=True))
