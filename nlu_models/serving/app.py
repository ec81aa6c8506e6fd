"""The HTTP API of ``contract/nlu.py``, with OpenAPI under /openapi.json."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from contract.nlu import (
    Comparison,
    ComparisonRequest,
    Correction,
    CorrectionList,
    CorrectionRequest,
    ModelInfo,
    ParseRequest,
    ParseResult,
    PinRequest,
    Recipe,
    TrainJob,
    TrainRequest,
)
from contract.settings import Settings
from contract.wire import NotFound, ShopclerkError, to_json
from nlu_models.registry.fingerprint import code_digest
from nlu_models.serving import errors
from nlu_models.serving.body_limit import BodyLimit
from nlu_models.serving.parsing import PATH, Parsing
from nlu_models.serving.service import Service

FILES = {
    "report": ("report.json", "application/json"),
    "report.md": ("report.md", "text/markdown; charset=utf-8"),
    "confusion.png": ("confusion.png", "image/png"),
}
router = APIRouter()


def create_app(settings: Settings) -> FastAPI:
    """The application; the service begins with the server and ends with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = Service(settings)
        app.state.service.start()
        yield
        await app.state.service.stop()

    app = FastAPI(title="Shopclerk transformer service", version="1", lifespan=lifespan)
    app.include_router(router, responses=errors.DESCRIBED)
    errors.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Parsing)
    return app


@router.post(PATH, response_model=ParseResult)
async def parse(request: Request, body: ParseRequest) -> Response:
    """Intent, entities and scores of one message."""
    return _json(await _counted(request, _service(request).parse(body)))


@router.post("/v1/train", response_model=TrainJob, status_code=202)
async def train(request: Request, body: TrainRequest) -> Response:
    """Train a version; the same data and options give the existing one at once."""
    return _json(await _counted(request, _service(request).train(body)), status=202)


@router.get("/v1/train/{job_id}", response_model=TrainJob)
async def train_state(request: Request, job_id: str) -> Response:
    """How far a training is."""
    return _json(_service(request).jobs.state(job_id))


@router.get("/v1/recipe", response_model=Recipe)
async def recipe() -> Response:
    """How versions are made; another digest means another training."""
    return _json(Recipe(code_digest()))


@router.get("/v1/models", response_model=list[ModelInfo])
async def models(request: Request) -> Response:
    """All versions, newest first."""
    return _json(_service(request).registry.infos())


@router.get("/v1/models/{version}", response_model=ModelInfo)
async def model(request: Request, version: str) -> Response:
    """One version."""
    return _json(_service(request).registry.info(version))


@router.get("/v1/models/{version}/{name}")
async def model_file(request: Request, version: str, name: str) -> Response:
    """``report`` (JSON), ``report.md`` or ``confusion.png``: what the version is worth on its test set."""
    if name not in FILES:
        raise NotFound(f"A version has {', '.join(FILES)}, no {name[:40]!r}.")
    file, kind = FILES[name]
    return FileResponse(await asyncio.to_thread(_service(request).file, version, file), media_type=kind)


@router.post("/v1/models/{version}/load", response_model=ModelInfo)
async def load(request: Request, version: str) -> Response:
    """Load a version into memory; answers once it can parse."""
    return _json(await _service(request).load(version))


@router.post("/v1/models/{version}/pins", response_model=ModelInfo)
async def pin(request: Request, version: str, body: PinRequest) -> Response:
    """Keep a version as long as an archive needs it."""
    return _json(_service(request).registry.pin(version, body.archive))


@router.delete("/v1/models/{version}/pins/{archive}", status_code=204)
async def unpin(request: Request, version: str, archive: str) -> Response:
    """An archive does not need the version any more."""
    _service(request).registry.unpin(version, archive)
    return Response(status_code=204)


@router.delete("/v1/models/{version}", status_code=204)
async def delete(request: Request, version: str) -> Response:
    """Delete a version; 409 while an archive pins it."""
    await _service(request).delete(version)
    return Response(status_code=204)


@router.post("/v1/comparisons", response_model=Comparison)
async def comparisons(request: Request, body: ComparisonRequest) -> Response:
    """Two versions on the same labelled messages."""
    return _json(await _service(request).compare(body))


@router.get("/v1/corrections", response_model=CorrectionList)
async def corrections(request: Request) -> Response:
    """The labels that hold without a training."""
    return _json(await asyncio.to_thread(_service(request).corrections.all))


@router.put("/v1/corrections/{correction_id}", response_model=Correction)
async def put_correction(request: Request, correction_id: str, body: CorrectionRequest) -> Response:
    """A label that holds from now on; the same again changes nothing."""
    return _json(await asyncio.to_thread(_service(request).corrections.put, correction_id, body))


@router.delete("/v1/corrections/{correction_id}", status_code=204)
async def revoke_correction(request: Request, correction_id: str) -> Response:
    """The label holds no more."""
    await asyncio.to_thread(_service(request).corrections.revoke, correction_id)
    return Response(status_code=204)


@router.get("/health")
async def health() -> dict[str, str]:
    """Alive."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request) -> dict[str, str]:
    """Whether a version is loaded and has parsed its warm-up messages; 503 and the reason otherwise."""
    return {"status": "ready", "model_version": _service(request).ready()}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    return Response(_service(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _counted(request: Request, work: Any) -> Any:
    try:
        return await work
    except ShopclerkError as error:
        _service(request).metrics.refused.labels(error_type=error.error_type).inc()
        raise


def _json(value: Any, *, status: int = 200) -> JSONResponse:
    return JSONResponse(to_json(value), status_code=status)
