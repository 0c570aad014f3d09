"""A released prompt never changes."""

from pathlib import Path

import pytest

import prompts
from prompts.errors import LockMismatch
from prompts.lock import check, release

FOLDER = Path(prompts.__file__).parent


def test_the_catalogue_is_what_was_released():
    check(FOLDER / "catalogue", FOLDER / "prompts.lock")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "catalogue" / "a").mkdir(parents=True)
    (tmp_path / "catalogue" / "a" / "v1.md").write_text("one")
    release(tmp_path / "catalogue", tmp_path / "prompts.lock")
    return tmp_path


def test_new_files_are_added_and_old_entries_stay(place):
    before = (place / "prompts.lock").read_text()
    (place / "catalogue" / "a" / "v2.md").write_text("two")
    with pytest.raises(LockMismatch, match=r"a/v2\.md"):
        check(place / "catalogue", place / "prompts.lock")
    assert release(place / "catalogue", place / "prompts.lock") == ("a/v2.md",)
    assert set(before.splitlines()) < set((place / "prompts.lock").read_text().splitlines())
    check(place / "catalogue", place / "prompts.lock")
    assert release(place / "catalogue", place / "prompts.lock") == ()


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_a_changed_or_removed_file_is_refused_and_the_lock_stays(place, change):
    file, lock = place / "catalogue" / "a" / "v1.md", place / "prompts.lock"
    held = lock.read_text()
    file.write_text("other") if change == "edit" else file.unlink()
    for call in (check, release):
        with pytest.raises(LockMismatch, match=r"a/v1\.md"):
            call(place / "catalogue", lock)
    assert lock.read_text() == held
