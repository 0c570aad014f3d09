"""How results look on a terminal. Works on the JSON of the HTTP interface; words are in words.toml."""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = dict[str, Any]
FINE = "\u202f"


@cache
def _words() -> dict[str, dict[str, str]]:
    text = resources.files("assistant.cli").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)


def words(language: str) -> dict[str, str]:
    """The words of a language; French ones with the fine spaces that French typography asks for."""
    found = _words()["en" if language == "en" else "fr"]
    if language == "en":
        return found
    return {key: text.replace(" :", f"{FINE}:").replace(" ?", f"{FINE}?") for key, text in found.items()}


def day(iso: str | None, language: str = "fr") -> str:
    """A date as the reader writes it; ISO in English, empty when unknown."""
    if not iso:
        return ""
    return "/".join(reversed(iso[:10].split("-"))) if language != "en" else iso[:10]


def console() -> Console:
    """A console on the output, plain when it is not a terminal."""
    return Console(highlight=False, soft_wrap=False)


def banner(out: Console, patient: Json, language: str) -> None:
    """Who it is about: name, birth date, sex, identity status."""
    say = words(language)
    line = Text(patient["name"] or patient["id"], style="bold")
    if patient.get("birth_date"):
        born = say.get(f"born_{patient['sex']}", say["born"])
        line.append(f", {born} {day(patient['birth_date'], language)}", style="not bold")
    line.append(
        f", {say['sex_' + patient['sex']]}" if f"sex_{patient['sex']}" in say else "", style="not bold"
    )
    status = patient["identity_status"]
    known = say.get(f"identity_{status}", f"{say['identity']} {status}")
    line.append(f" ({known})", style="dim not bold")
    out.print(line)


def whole(out: Console, answer: Json) -> None:
    """A finished answer: who, what was asked, every sentence, and the rest."""
    language = answer["language"]
    say = words(language)
    banner(out, answer["patient"], language)
    colon = ":" if language == "en" else f"{FINE}:"
    out.print(Text(f"{say['question']}{colon} {answer['question']}"))
    for found in answer["sentences"]:
        sentence(out, found)
    ending(out, answer)


def sentence(out: Console, found: Json) -> None:
    """One checked sentence with its citations."""
    line = Text("• ")
    line.append(found["text"])
    line.append(" " + " ".join(f"[{label}]" for label in found["citations"]), style="cyan")
    out.print(line)


def ending(out: Console, answer: Json) -> None:
    """All that comes after the sentences: why there is none, conflicts, sources, what was searched."""
    language = answer["language"]
    say = words(language)
    if answer["premise_corrected"]:
        out.print(say["premise"], style="yellow")
    if answer["reason"]:
        out.print(say.get(f"reason_{answer['reason']}", answer["reason"]), style="yellow")
    if answer["options"]:
        out.print(say["options"])
        for option in answer["options"]:
            out.print(Text(f"  - {option}"))
    for conflict in answer["conflicts"]:
        labels = " ".join(f"[{label}]" for label in conflict["citations"])
        out.print(Text(f"{say['conflict'].format(text=conflict['text'])} {labels}", style="yellow"))
    if answer["dropped"]:
        count = sum(item["count"] for item in answer["dropped"])
        reasons = ", ".join(
            say.get(f"dropped_{item['reason']}", say["dropped_other"]) for item in answer["dropped"]
        )
        out.print(Text(say["dropped"].format(n=count, reasons=reasons), style="yellow"))
    _sources(out, answer, say)
    _coverage(out, answer["coverage"], say, language)
    if answer["sentences"]:
        out.print(say["mention_facts" if answer["mode"] == "facts" else "mention_model"], style="italic")


def _sources(out: Console, answer: Json, say: dict[str, str]) -> None:
    cited = {label for item in answer["sentences"] + answer["conflicts"] for label in item["citations"]}
    shown = [item for item in answer["evidence"] if item["id"] in cited]
    if not shown:
        return
    out.print(f"\n{say['sources']}", style="bold")
    for item in shown:
        place = item["locator"]
        line = Text(f"  {item['id']}  ", style="cyan")
        line.append(f"{day(item['effective'], answer['language'])}  ", style="not bold")
        line.append(f"«{FINE}{_short(place['quote'])}{FINE}»", style="default")
        out.print(line)
        out.print(Text(f"      {place['record_id']}, {place['start']}-{place['end']}", style="dim"))


def _short(quote: str, most: int = 200) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _coverage(out: Console, coverage: Json, say: dict[str, str], language: str) -> None:
    first, last = day(coverage["from"], language), day(coverage["to"], language)
    phrase = say["searched" if first else "searched_undated"]
    out.print(Text("\n" + phrase.format(n=coverage["documents"], **{"from": first, "to": last}), style="dim"))
    if coverage["unread"]:
        counts = Counter(item["reason"] for item in coverage["unread"])
        reasons = ", ".join(f"{say.get(f'unread_{name}', name)} {n}" for name, n in counts.items())
        out.print(Text(say["unread"].format(n=len(coverage["unread"]), reasons=reasons), style="dim"))
    for source in coverage["sources"]:
        if source["stale"]:
            line = say["late"].format(system=source["system"], when=day(source["last_success"], language))
            out.print(Text(line, style="yellow"))


def patients(out: Console, found: Json) -> None:
    """The list of people."""
    say = words("fr")
    if not found["patients"]:
        out.print(say["none_found"])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("Id", "Nom", "Naissance", "Sexe", "Identité"):
        table.add_column(title, overflow="fold")
    for row in found["patients"]:
        sex = say.get(f"sex_{row['sex']}", row["sex"])
        status = say.get(f"identity_{row['identity_status']}", row["identity_status"])
        table.add_row(row["id"], Text(row["name"]), day(row["birth_date"]), sex, status)
    out.print(table)


def record(out: Console, found: Json) -> None:
    """Banner, documents and facts of one record."""
    banner(out, found["patient"], "fr")
    say = words("fr")
    out.print(f"\n{say['timeline']}", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for entry in found["entries"]:
        table.add_row(day(entry["effective"]), entry["kind"], Text(entry["title"]), entry["status"])
    out.print(table)
    out.print(f"\n{say['facts']}", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for fact in found["facts"]:
        marks = [fact["certainty"] if fact["certainty"] != "present" else "", fact["status"] or ""]
        row = (day(fact["effective"]), fact["kind"], Text(fact["label"]), Text(value(fact["value"])))
        table.add_row(*row, ", ".join(mark for mark in marks if mark))
    out.print(table)


def value(found: Json) -> str:
    """A value in a few words; quantities with the digits and the unit of the source."""
    if found["type"] == "quantity":
        number = str(found["magnitude"]).replace(".", ",")
        return f"{found['comparator'] or ''}{number} {found['unit']}".strip()
    for name in ("text", "iso", "id", "reason", "uri"):
        if found.get(name):
            return str(found[name])
    if found["type"] == "ratio":
        return f"{found['numerator']}/{found['denominator']}".replace(".", ",")
    if found["type"] == "interval":
        return f"{found['low'] or ''} – {found['high'] or ''} {found['unit']}".strip()
    return str(found.get("value", ""))
