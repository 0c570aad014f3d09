"""People and their records: list, banner, timeline, facts, documents, trends."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from assistant import reading
from assistant.api.signing import PrincipalDep, ServicesDep
from assistant.reading import ReadingOf
from assistant.record_pages import DocumentPage, FactList, PatientList, PatientPage, Timeline, TrendList
from assistant.trend_svg import draw

router = APIRouter(prefix="/api/patients", tags=["records"])
Purpose = Annotated[str | None, Query(max_length=40)]
Version = Annotated[str | None, Query(max_length=300)]
Kinds = Annotated[list[str] | None, Query(max_length=20)]
Since = Annotated[str | None, Query(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]

_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_RAW_POLICY = "default-src 'none'; sandbox"
_SHOWN_TYPES = frozenset({"application/json", "application/xml", "text/plain", "application/pdf"})


@router.get("")
def patients(
    principal: PrincipalDep,
    services: ServicesDep,
    find: Annotated[str, Query(max_length=200)] = "",
) -> PatientList:
    """The people whom you may open."""
    return reading.find_patients(services, principal, find=find)


@router.get("/{patient_id}")
def patient(
    patient_id: str, principal: PrincipalDep, services: ServicesDep, purpose: Purpose = None
) -> PatientPage:
    """A patient's banner and what the record covers."""
    return reading.open_patient(services, principal, ReadingOf(patient_id=patient_id, purpose=purpose))


@router.get("/{patient_id}/timeline")
def timeline(
    patient_id: str,
    principal: PrincipalDep,
    services: ServicesDep,
    kind: Kinds = None,
    since: Since = None,
    purpose: Purpose = None,
) -> Timeline:
    """The documents, newest first."""
    return reading.timeline(
        services,
        principal,
        ReadingOf(patient_id=patient_id, purpose=purpose),
        kinds=_listed(kind),
        since=since,
    )


@router.get("/{patient_id}/facts")
def facts(
    patient_id: str,
    principal: PrincipalDep,
    services: ServicesDep,
    kind: Kinds = None,
    since: Since = None,
    purpose: Purpose = None,
) -> FactList:
    """The facts, newest first; `kind` may be given several times, or with commas."""
    return reading.facts(
        services,
        principal,
        ReadingOf(patient_id=patient_id, purpose=purpose),
        kinds=_listed(kind),
        since=since,
    )


@router.get("/{patient_id}/documents/{record_id:path}/raw", response_class=Response)
def raw_document(
    patient_id: str,
    record_id: str,
    principal: PrincipalDep,
    services: ServicesDep,
    version: Version = None,
    purpose: Purpose = None,
) -> Response:
    """The stored bytes, as a download that no browser will run."""
    found = reading.raw_document(
        services, principal, ReadingOf(patient_id=patient_id, purpose=purpose), record_id, version=version
    )
    kind = found.media_type if found.media_type in _SHOWN_TYPES else "application/octet-stream"
    name = quote(record_id, safe="")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "content-security-policy": _RAW_POLICY,
    }
    return Response(found.data, media_type=kind, headers=headers)


@router.get("/{patient_id}/documents/{record_id:path}")
def document(
    patient_id: str,
    record_id: str,
    principal: PrincipalDep,
    services: ServicesDep,
    version: Version = None,
    purpose: Purpose = None,
) -> DocumentPage:
    """One version of a document: its text, into which citations point."""
    return reading.document(
        services, principal, ReadingOf(patient_id=patient_id, purpose=purpose), record_id, version=version
    )


@router.get("/{patient_id}/trends")
def trends(
    patient_id: str, principal: PrincipalDep, services: ServicesDep, purpose: Purpose = None
) -> TrendList:
    """Every series that can be drawn, the longest first."""
    return reading.trend_list(services, principal, ReadingOf(patient_id=patient_id, purpose=purpose))


@router.get(
    "/{patient_id}/trends/{code:path}",
    response_model=TrendList,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
def trend(
    patient_id: str,
    code: str,
    request: Request,
    principal: PrincipalDep,
    services: ServicesDep,
    form: Annotated[str | None, Query(alias="format", pattern="^(json|svg)$")] = None,
    unit: Annotated[str | None, Query(max_length=40)] = None,
    purpose: Purpose = None,
) -> TrendList | Response:
    """The series of a LOINC code or a label slug, one a unit; as SVG, the longest or that of `unit`."""
    found = reading.trend_list(
        services, principal, ReadingOf(patient_id=patient_id, purpose=purpose), code=code
    )
    if unit is not None:
        same = tuple(item for item in found.trends if item.unit == unit)
        found = TrendList(trends=same or found.trends)
    if form == "svg" or (form is None and "image/svg+xml" in request.headers.get("accept", "")):
        policy = {"content-security-policy": _SVG_POLICY}
        return Response(draw(found.trends[0]), media_type="image/svg+xml", headers=policy)
    return found


def _listed(kinds: list[str] | None) -> list[str]:
    return [part.strip() for kind in kinds or [] for part in kind.split(",") if part.strip()]
