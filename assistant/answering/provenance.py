"""Provenance: what made an answer, so that it can be explained a year later."""

from __future__ import annotations

from assistant.answering.answer import Provenance
from models.base import ChatModel, Embedder
from prompts.load import Prompt
from retrieval.index.base import VectorIndex


def provenance(
    *, code: str, model: ChatModel | None, prompt: Prompt | None, embedder: Embedder, index: VectorIndex
) -> Provenance:
    """Name everything that had a part; `model` and `prompt` only when a model was asked."""
    encoder = embedder.info
    signature = index.signature
    info = model.info if model is not None else None
    return Provenance(
        model=info.name if info else None,
        model_sha256=info.sha256 if info else None,
        engine=info.engine if info else None,
        prompt=prompt.ref if prompt else None,
        encoder=f"{encoder.name}#{encoder.sha256[:12]}" if encoder.sha256 else encoder.name,
        index=f"{signature.encoder}/{signature.dimensions}@{signature.schema_version}",
        code=code,
    )
