"""Whether the service lives, and whether it can work. Neither waits for the model."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Response

from assistant.api.signing import ServicesDep
from retrieval.frozen import Frozen

router = APIRouter(tags=["health"])
_MODEL_WAIT_S = 2.0


class Health(Frozen):
    """Alive."""

    status: str = "ok"


class Readiness(Frozen):
    """What can be used now. Without `model`, facts and search go on; without `store`, nothing does."""

    store: bool
    index: bool
    model: bool


@router.get("/healthz")
async def healthz() -> Health:
    """Alive, whatever the model does."""
    return Health()


@router.get("/readyz")
async def readyz(services: ServicesDep, response: Response) -> Readiness:
    """Store, index and model; 503 when records cannot be read."""
    store, index = await anyio.to_thread.run_sync(services.storage_state)
    model = False
    with anyio.move_on_after(_MODEL_WAIT_S):
        model = await services.model_ready()
    if not store:
        response.status_code = 503
    return Readiness(store=store, index=index, model=model)
