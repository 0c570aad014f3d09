"""When a dose is given: a Timing in French words."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.formats import french
from retrieval.formats.fhir import words
from retrieval.formats.fhir.paths import under
from retrieval.formats.fhir.posology_words import Part, amount, clock, listed, span, time
from retrieval.formats.fhir.vocabulary import posology
from retrieval.formats.tree import Node, node_of, number_of, text_of, value_at


def timing_parts(dosage: Node, path: str) -> Iterator[Part]:
    """The parts of `timing`, in the order in which they are said."""
    timing = node_of(dosage.get("timing"))
    repeat = node_of(timing.get("repeat"))
    where = f"{path}.timing.repeat"
    rhythm = _rhythm(repeat)
    said = 0
    if rhythm:
        key = next(key for key in _RHYTHM if repeat.get(key) is not None)
        join = ", " if rhythm.startswith("au plus") else " "
        yield Part(rhythm, f"{where}.{key}", "frequency", "Fréquence", join)
        said += 1
    for part in (*_moments(repeat, where), *_lasting(repeat, where)):
        yield part._replace(join=", " if said or part.join == ", " else " ")
        said += 1
    for part in _bounds(repeat, where):
        yield part._replace(join=", ") if said > 1 else part
    yield from _code(timing, f"{path}.timing", said=bool(rhythm))
    events = [f"le {french.moment(text_of(at.value))}" for at in under(timing, "event", f"{path}.timing")]
    if events:
        yield Part(listed(events), f"{path}.timing.event", "frequency", "Dates")


_RHYTHM = ("frequency", "frequencyMax", "period", "periodMax", "periodUnit")


def _rhythm(repeat: Node) -> str:
    """`2 fois par jour`, `toutes les 12 heures`, `jusqu’à 2 fois par jour`."""
    if not any(repeat.get(key) is not None for key in _RHYTHM):
        return ""
    often = _often(repeat)
    every = _every(repeat)
    single = often == "1 fois" and not every.startswith("par ") and every
    return every if single or not often else f"{often} {every}".strip()


def _often(repeat: Node) -> str:
    low, high = repeat.get("frequency"), repeat.get("frequencyMax")
    if low is not None and high is not None:
        return f"{words.number(low)} à {words.number(high)} fois"
    if high is not None:
        return f"au plus {words.number(high)} fois"
    return f"{words.number(low)} fois" if low is not None else ""


def _every(repeat: Node) -> str:
    low, high, code = repeat.get("period"), repeat.get("periodMax"), value_at(repeat, "periodUnit")
    if low is None and high is None and not code:
        return ""
    if not code:
        return f"par période de {words.number(low if low is not None else high)} (unité non précisée)"
    names = posology("units").get(code, [code, code, "m"])
    if high is not None:
        if low is None:
            return f"par période d’au plus {time(high, code)}"
        return f"{'toutes' if names[2] == 'f' else 'tous'} les {time(low, code, upper=high)}"
    if low is None or number_of(low) == 1:
        return f"par {names[0]}"
    if (number_of(low) or 0) < 1:
        return f"par {time(low, code)}"
    return f"{'toutes' if names[2] == 'f' else 'tous'} les {time(low, code)}"


def _moments(repeat: Node, where: str) -> Iterator[Part]:
    days = [
        posology("days").get(text_of(at.value), text_of(at.value)) for at in under(repeat, "dayOfWeek", where)
    ]
    if days:
        text = listed([f"le {day}" for day in days])
        yield Part(text, f"{where}.dayOfWeek", "frequency", "Jours", " ")
    hours = [clock(text_of(at.value)) for at in under(repeat, "timeOfDay", where)]
    if hours:
        yield Part(f"à {listed(hours)}", f"{where}.timeOfDay", "frequency", "Heures", " ")
    said = _when(repeat, where)
    if said:
        yield Part(said, f"{where}.when", "frequency", "Moments", " ")


def _when(repeat: Node, where: str) -> str:
    events = [text_of(at.value) for at in under(repeat, "when", where)]
    offset = repeat.get("offset")
    if offset is not None and (number_of(offset) or 0) != 0:
        shifted = [posology("after").get(code) or posology("when").get(code, code) for code in events]
        return f"{time(offset, 'min')} {listed(shifted)}"
    if len(events) > 1 and all(code in posology("short") for code in events):
        return listed([posology("short")[code] for code in events])
    return listed([posology("when").get(code, code) for code in events])


def _lasting(repeat: Node, where: str) -> Iterator[Part]:
    low, high = repeat.get("duration"), repeat.get("durationMax")
    if low is None and high is None:
        return
    code = value_at(repeat, "durationUnit")
    text = time(low, code, upper=high) if low is not None else f"au plus {time(high, code)}"
    key = "duration" if low is not None else "durationMax"
    label = "Durée de chaque administration"
    yield Part(f"chaque fois pendant {text}", f"{where}.{key}", "other", label)


def _bounds(repeat: Node, where: str) -> Iterator[Part]:
    length, between, period = (repeat.get(f"bounds{kind}") for kind in ("Duration", "Range", "Period"))
    if isinstance(length, dict):
        yield Part(f"pendant {amount(length)}", f"{where}.boundsDuration", "duration", "Durée", " ")
    elif isinstance(between, dict):
        yield Part(f"pendant {span(between)}", f"{where}.boundsRange", "duration", "Durée", " ")
    elif isinstance(period, dict) and words.period(period):
        yield Part(words.period(period), f"{where}.boundsPeriod", "duration", "Durée")
    low, high = repeat.get("count"), repeat.get("countMax")
    if low is not None or high is not None:
        often = words.number(low if low is not None else high)
        upper = f" à {words.number(high)}" if low is not None and high is not None else ""
        most = "" if low is not None else "au plus "
        key = "count" if low is not None else "countMax"
        text = f"{most}{often}{upper} fois au total"
        yield Part(text, f"{where}.{key}", "duration", "Nombre de fois")


def _code(timing: Node, path: str, *, said: bool) -> Iterator[Part]:
    code = timing.get("code")
    if not isinstance(code, dict):
        return
    known = [posology("abbreviations").get(each.code, "") for each in words.codes_of(code)]
    text = value_at(code, "text").strip() or next(filter(None, known), "") or words.concept(code)
    if text:
        join = ", " if said else " "
        yield Part(text, f"{path}.code", "frequency", "Fréquence", join, words.coded(code, text))
