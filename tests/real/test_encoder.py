"""The real encoders: the contract, and seven clinical lines found by their French and English questions."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.base import Embedder
from models.build import ModelSettings, open_embedder
from models.errors import ModelRefused, ModelUnavailable
from models.store import verify
from tests.contracts.test_embedder import EmbedderContract
from tests.real.weights import DEFAULT_ENCODER, ENGLISH_ENCODER, folder, require

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

LINES = [
    "Potassium 5,4 mmol/L (3,5-5,0), prélèvement du 27/02/2026",
    "Tension artérielle 142/86 mmHg en consultation",
    "Traitement : apixaban 5 mg matin et soir pour fibrillation auriculaire",
    "Allergies : pénicilline (œdème de Quincke en 2011)",
    "Antécédent d'appendicectomie en 1987",
    "Scanner thoracique : nodule du lobe supérieur droit de 8 mm",
    "Vit seule, marche avec une canne, aide-ménagère deux fois par semaine",
]
FRENCH = [
    "Quel est le dernier potassium ?",
    "Quelle est la tension artérielle ?",
    "La patiente prend-elle un anticoagulant ?",
    "A-t-elle une allergie à la pénicilline ?",
    "A-t-elle été opérée de l'appendicite ?",
    "Que montre le scanner thoracique ?",
    "Comment vit-elle à la maison ?",
]
ENGLISH = [
    "latest potassium value",
    "blood pressure at the visit",
    "which anticoagulant is prescribed",
    "penicillin allergy",
    "history of appendectomy",
    "lung nodule on the chest CT",
    "does she live alone, does she walk with a cane",
]
# No word in common with the line: what the encoder alone cannot do, and why search is hybrid and has synonyms.
PARAPHRASED = {
    "fr": [
        "Quelle est la dernière kaliémie ?",
        "Quelle est sa pression artérielle ?",
        "La patiente est-elle décoagulée ?",
        "Est-elle allergique à un antibiotique ?",
        "A-t-elle déjà été opérée de l'appendice ?",
        "Y a-t-il une image suspecte au poumon ?",
        "Quelle est son autonomie à domicile ?",
    ],
    "en": [
        "What is the latest potassium level?",
        "What is her blood pressure?",
        "Is the patient on a blood thinner?",
        "Is she allergic to any antibiotic?",
        "Has she had her appendix removed?",
        "Is there a suspicious lesion in the lung?",
        "How does she cope at home, is she independent?",
    ],
}
PARAPHRASED_FOUND_AT_LEAST = 4


def opened(name: str, **changes: object) -> Embedder:
    require(name)
    values = {"models_folder": folder(), "encoder": name, "allow_test_models": True, **changes}
    return open_embedder(ModelSettings.model_validate(values))


class TestDefaultEncoder(EmbedderContract):
    """In float32."""

    @classmethod
    def opened(cls) -> Embedder:
        return opened(DEFAULT_ENCODER, encoder_precision="float32")

    @pytest.mark.parametrize("questions", [FRENCH, ENGLISH], ids=["fr", "en"])
    def test_each_question_finds_its_line(self, embedder: Embedder, questions: list[str]) -> None:
        scores = embedder.embed_queries(questions) @ embedder.embed_passages(LINES).T
        assert scores.argmax(axis=1).tolist() == list(range(len(LINES)))

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_paraphrases_are_found_as_often_as_measured(self, embedder: Embedder, language: str) -> None:
        scores = embedder.embed_queries(PARAPHRASED[language]) @ embedder.embed_passages(LINES).T
        found = int((scores.argmax(axis=1) == np.arange(len(LINES))).sum())
        print(f"{language}: {found} of {len(LINES)} paraphrases found first")
        assert found >= PARAPHRASED_FOUND_AT_LEAST

    def test_a_question_and_a_passage_are_encoded_differently(self, embedder: Embedder) -> None:
        query, passage = embedder.embed_queries(LINES[:1]), embedder.embed_passages(LINES[:1])
        assert 0.8 < float(query[0] @ passage[0]) < 0.9999

    def test_what_runs_is_told(self, embedder: Embedder) -> None:
        assert embedder.dimensions == 384
        assert embedder.info.licence == "MIT"
        assert embedder.info.status == "test"
        assert embedder.info.sha256 == "ee6b69c2b2c257c95e8e57fa6992302fd465e07e48ca15b4b8b560f4509e96ce"

    def test_the_layers_are_what_the_image_says(self, embedder: Embedder) -> None:
        vectors = embedder.embed_passages(["Allergies : pénicilline"] * 2)
        np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-5)


class TestDefaultEncoderInBfloat16(TestDefaultEncoder):
    """As it runs on a processor that multiplies bfloat16; elsewhere it is slow and right."""

    least_cosine = 0.9999

    @classmethod
    def opened(cls) -> Embedder:
        return opened(DEFAULT_ENCODER, encoder_precision="bfloat16")


class TestEnglishEncoder(EmbedderContract):
    @classmethod
    def opened(cls) -> Embedder:
        return opened(ENGLISH_ENCODER, encoder_precision="float32")

    def test_it_may_be_used_for_records(self) -> None:
        assert opened(ENGLISH_ENCODER, allow_test_models=False).info.status == "ok"


def test_the_default_encoder_is_refused_for_real_records() -> None:
    with pytest.raises(ModelRefused, match="official"):
        opened(DEFAULT_ENCODER, allow_test_models=False)


def test_the_files_are_the_pinned_ones() -> None:
    require(ENGLISH_ENCODER)
    assert verify(ENGLISH_ENCODER, folder()).status == "ok"


def test_a_folder_that_is_no_encoder_is_told(tmp_path: Path) -> None:
    (tmp_path / "enc").mkdir()
    (tmp_path / "enc" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        open_embedder(
            ModelSettings(models_folder=tmp_path / "m", encoder=str(tmp_path / "enc"), allow_test_models=True)
        )


SOCKETLESS = """
import socket, sys
def refuse(*args, **kwargs):
    print("opened a socket", file=sys.stderr)
    raise SystemExit(3)
socket.socket.connect = socket.socket.connect_ex = refuse
from tests.real.test_encoder import opened
from tests.real.weights import ENGLISH_ENCODER
print(opened(ENGLISH_ENCODER).embed_queries(["allergy"]).shape)
"""


def test_loading_and_encoding_open_no_connection() -> None:
    assert socket.socket.connect is not None
    require(ENGLISH_ENCODER)
    environment = {name: value for name, value in os.environ.items() if "OFFLINE" not in name}
    environment["APARTE_MODELS"] = str(folder())
    done = subprocess.run(
        [sys.executable, "-c", SOCKETLESS],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "(1, 384)"), done.stderr[-500:]


def test_bfloat16_gives_the_vectors_of_float32() -> None:
    """Whatever the processor: in hardware or not, autocast changes them by less than what ranks passages."""
    require(DEFAULT_ENCODER)
    made = ModelSettings(models_folder=folder(), allow_test_models=True)
    exact, fast = (
        open_embedder(made.model_copy(update={"encoder_precision": precision})).embed_passages(LINES)
        for precision in ("float32", "bfloat16")
    )
    assert fast.dtype == np.float32
    assert float((exact * fast).sum(axis=1).min()) > 0.9999
