"""People and their records: list, banner, timeline, facts, documents, trends."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from assistant import reading
from assistant.api.signing import PrincipalDep, ServicesDep
from assistant.reading import ReadingOf
from assistant.record_pages import DocumentPage, FactList, PatientList, PatientPage, Timeline, TrendList
from assistant.trend_svg import draw

router = APIRouter(prefix="/api/patients", tags=["records"])
Purpose = Annotated[str | None, Query(max_length=40)]
Version = Annotated[str | None, Query(max_length=300)]
Kinds = Annotated[list[Annotated[str, Field(max_length=200)]] | None, Query(max_length=20)]
Since = Annotated[str | None, Query(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]

_SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_RAW_POLICY = "default-src 'none'; sandbox"
_SHOWN_TYPES = frozenset({"application/json", "application/xml", "text/plain", "application/pdf"})


def reading_of(patient_id: str, purpose: Purpose = None) -> ReadingOf:
    """Whose record a request reads, and for what."""
    return ReadingOf(patient_id=patient_id, purpose=purpose)


ReadingDep = Annotated[ReadingOf, Depends(reading_of)]


class Narrowed(NamedTuple):
    """What a list is narrowed down to."""

    kinds: tuple[str, ...]
    since: str | None


def narrowed(kind: Kinds = None, since: Since = None) -> Narrowed:
    """`kind` may be given several times, or with commas."""
    parts = (part.strip() for each in kind or () for part in each.split(","))
    return Narrowed(tuple(part for part in parts if part), since)


NarrowedDep = Annotated[Narrowed, Depends(narrowed)]


@router.get("")
def patients(
    principal: PrincipalDep,
    services: ServicesDep,
    find: Annotated[str, Query(max_length=200)] = "",
) -> PatientList:
    """The people whom you may open."""
    return reading.find_patients(services, principal, find=find)


@router.get("/{patient_id}")
def patient(what: ReadingDep, principal: PrincipalDep, services: ServicesDep) -> PatientPage:
    """A patient's banner and what the record covers."""
    return reading.open_patient(services, principal, what)


@router.get("/{patient_id}/timeline")
def timeline(
    what: ReadingDep, narrow: NarrowedDep, principal: PrincipalDep, services: ServicesDep
) -> Timeline:
    """The documents, newest first; `kind` may be given several times, or with commas."""
    return reading.timeline(services, principal, what, kinds=narrow.kinds, since=narrow.since)


@router.get("/{patient_id}/facts")
def facts(what: ReadingDep, narrow: NarrowedDep, principal: PrincipalDep, services: ServicesDep) -> FactList:
    """The facts, newest first; `kind` may be given several times, or with commas."""
    return reading.facts(services, principal, what, kinds=narrow.kinds, since=narrow.since)


@router.get("/{patient_id}/documents/{record_id:path}/raw", response_class=Response)
def raw_document(
    what: ReadingDep,
    record_id: str,
    principal: PrincipalDep,
    services: ServicesDep,
    version: Version = None,
) -> Response:
    """The stored bytes, as a download that no browser will run."""
    found = reading.raw_document(services, principal, what, record_id, version=version)
    kind = found.media_type if found.media_type in _SHOWN_TYPES else "application/octet-stream"
    name = quote(record_id, safe="")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "content-security-policy": _RAW_POLICY,
    }
    return Response(found.data, media_type=kind, headers=headers)


@router.get("/{patient_id}/documents/{record_id:path}")
def document(
    what: ReadingDep,
    record_id: str,
    principal: PrincipalDep,
    services: ServicesDep,
    version: Version = None,
) -> DocumentPage:
    """One version of a document: its text, into which citations point."""
    return reading.document(services, principal, what, record_id, version=version)


@router.get("/{patient_id}/trends")
def trends(what: ReadingDep, principal: PrincipalDep, services: ServicesDep) -> TrendList:
    """Every series that can be drawn, the longest first."""
    return reading.trend_list(services, principal, what)


@router.get(
    "/{patient_id}/trends/{code:path}",
    response_model=TrendList,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
def trend(
    what: ReadingDep,
    code: Annotated[str, Path(max_length=200)],
    request: Request,
    principal: PrincipalDep,
    services: ServicesDep,
    form: Annotated[str | None, Query(alias="format", pattern="^(json|svg)$")] = None,
    unit: Annotated[str | None, Query(max_length=40)] = None,
) -> TrendList | Response:
    """The series of a LOINC code or a label slug, one a unit; as SVG, the longest or that of `unit`."""
    found = reading.trend_list(services, principal, what, code=code)
    if unit is not None:
        same = tuple(item for item in found.trends if item.unit == unit)
        found = TrendList(trends=same or found.trends)
    if form == "svg" or (form is None and "image/svg+xml" in request.headers.get("accept", "")):
        policy = {"content-security-policy": _SVG_POLICY}
        return Response(draw(found.trends[0]), media_type="image/svg+xml", headers=policy)
    return found
