"""The lines below a statement: its parts, the statements that qualify it, and the steps of a dosage."""

from __future__ import annotations

from retrieval.fact import Coded, Detail, DetailName, Text, Value
from retrieval.formats.cda import words
from retrieval.formats.cda.context import Context, Place
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.schedule import frequency_of, is_course
from retrieval.formats.cda.values import codes_of, ratio_words, read_value
from retrieval.formats.cda.vocabulary import element_detail, element_label, modifier, table, word
from retrieval.formats.sheet import detail

_LINKS = {"entryRelationship", "component"}
_QUIET = {"templateId", "id", "sequenceNumber", "statusCode"}
_REPEATED = {"participant", "text", "name"}


def part_lines(
    node: Node, context: Context, place: Place, *, but: tuple[str, ...] = (), said: tuple[str, ...] = ()
) -> list[Detail]:
    """Write a line for each part of a statement that its own line does not hold; the details they are.

    `but` are the parts that are written already, `said` the words that need not be said again.
    """
    details = _schedule(node, context, place) if node.name == "substanceAdministration" else []
    for child in node.children:
        if child.name in _LINKS or child.name in but:
            continue
        if child.name == "effectiveTime" and node.name == "substanceAdministration":
            continue
        details += _part(child, context, place, said=said)
    return details


def _part(child: Node, context: Context, place: Place, *, said: tuple[str, ...]) -> list[Detail]:
    if child.name in ("consumable", "product"):
        return _product_lines(child, context, place, said=said)
    text = _part_text(child, context)
    if not text or (text in said and child.name in _REPEATED):
        return []
    label = _part_label(child)
    line = context.sheet.say(label, text, indent=place.indent)
    value = _part_value(child, text)
    return [detail(element_detail(child.name), line, child.path, label=label, text=text, value=value)]


def _product_lines(product: Node, context: Context, place: Place, *, said: tuple[str, ...]) -> list[Detail]:
    """What a product states beside its name: form, lot, class, composition, each in a line."""
    made = product.child("manufacturedProduct")
    material = made.child("manufacturedMaterial") if made is not None else None
    found: list[Detail] = []
    for holder in (product, made, material):
        for child in holder.children if holder is not None else ():
            if child in (made, material) or (child.name in ("code", "name") and holder is material):
                continue
            found += _part(child, context, place, said=said)
    return found


def _part_label(child: Node) -> str:
    if child.name == "participant":
        return word("participants", child.get("typeCode"), element_label(child.name))
    return element_label(child.name)


def _part_text(child: Node, context: Context) -> str:
    if child.name in _QUIET and not child.get("extension"):
        return ""
    if child.name == "code" and child.get("code") in table("plain_codes"):
        return ""
    if child.name == "maxDoseQuantity":
        return ratio_words(child) or words.words(child, context.anchors)
    if child.name == "text" and child.get("representation") == "B64":
        return ""
    return words.words(child, context.anchors)


def _part_value(child: Node, text: str) -> Value:
    generic = child.child("generalizedMedicineClass", "code")
    codes = codes_of(child if generic is None else generic)
    return Coded(text=text, code=codes[0]) if codes and child.name != "translation" else Text(text=text)


def _schedule(node: Node, context: Context, place: Place) -> list[Detail]:
    """How often a treatment is given."""
    every = node.all("effectiveTime")
    course = next((each for each in every if is_course(each)), None)
    given = [each for each in every if not is_course(each)]
    for other in (each for each in every if is_course(each) and each is not course):
        if when := words.words(other, context.anchors):
            context.sheet.say("Date d’administration", when, indent=place.indent)
    text = frequency_of(given, context.anchors)
    if not text:
        return []
    said = context.sheet.say("Fréquence", text, indent=place.indent)
    return [
        detail("frequency", said, given[0].path, label="Fréquence", text=text, value=Text(text=text)),
    ]


def dosage_lines(node: Node, context: Context, place: Place) -> list[Detail]:
    """The lines of one step of a dosage; the details belong to the treatment that it is a step of."""
    number = node.parent.child("sequenceNumber") if node.parent is not None else None
    title = f"Étape {number.get('value')}" if number is not None else "Posologie"
    course = next((each for each in node.all("effectiveTime") if is_course(each)), None)
    when = words.words(course, context.anchors) if course is not None else ""
    product = node.child("consumable", "manufacturedProduct", "manufacturedMaterial", "code")
    blamed = words.coded(product, context.anchors) if product is not None else ""
    called = node.child("consumable", "manufacturedProduct", "manufacturedMaterial", "name")
    if blamed and called is not None:
        blamed = _with(blamed, words.words(called, context.anchors))
    details: list[Detail] = []
    if blamed and product is not None:
        said = context.sheet.say(
            "Médicament en cause", blamed, indent=place.indent, tail=f" ({when})" if when else ""
        )
        codes = codes_of(product)
        value = Coded(text=blamed, code=codes[0] if codes else None)
        details.append(
            detail("other", said, product.path, label="Médicament en cause", text=blamed, value=value)
        )
    elif when:
        context.sheet.say(title, when, indent=place.indent)
    else:
        context.sheet.heading(title, node.path, trail=place.trail, indent=place.indent)
    inner = place.below()
    details += part_lines(node, context, inner, but=() if blamed else ("consumable",))
    for link in node.children:
        if link.name in _LINKS:
            for child in link.children:
                details += modifier_lines(link, child, context, inner)
    return details


def modifier_lines(link: Node, child: Node, context: Context, place: Place) -> list[Detail]:
    """The line of a nested statement that says something about the one that holds it, as a detail of that."""
    name, label = _meaning(link, child)
    value, own, code = child.child("value"), child.child("text"), child.child("code")
    said_text = words.original_text(own, context.anchors) if own is not None else ""
    typed: Value = Text(text=said_text)
    path, text = child.path, said_text
    reading = read_value(value, context.anchors) if value is not None else None
    if reading is not None and reading.text:
        typed, path = reading.value, value.path if value is not None else path
        text = reading.text
        if said_text and said_text.casefold() not in text.casefold():
            text = f"{text} ({said_text})"
    elif code is not None and modifier(code.get("code")) is None and words.coded(code, context.anchors):
        codes = codes_of(code)
        text = _with(words.coded(code, context.anchors), words.original(code, context.anchors), said_text)
        typed = Coded(text=text, code=codes[0] if codes else None)
    denied = child.get("negationInd") == "true"
    if not text:
        return part_lines(child, context, place, but=("code", "value", "text"))
    said = context.sheet.say(label, text, indent=place.indent, tail=_tail(child, context, denied=denied))
    if denied:
        name, label = "other", f"Absence de {label.lower()}"
    found = [detail(name, said, path, label=label, text=text, value=typed)]
    written = ("value", "text", "effectiveTime", "statusCode")
    known = code is not None and modifier(code.get("code")) is not None
    used = ("code",) if known or reading is None else ()
    return found + part_lines(child, context, place.below(), but=(*written, *used))


def _with(text: str, *others: str) -> str:
    also = [each for each in dict.fromkeys(others) if each and each.casefold() not in text.casefold()]
    return f"{text} ({' ; '.join(also)})" if also else text


def _tail(child: Node, context: Context, *, denied: bool) -> str:
    when = child.child("effectiveTime")
    date = words.words(when, context.anchors) if when is not None and when.get("nullFlavor") != "NA" else ""
    said = [each for each in ("négation" if denied else "", date) if each]
    return f" ({' ; '.join(said)})" if said else ""


def _meaning(link: Node, child: Node) -> tuple[DetailName, str]:
    """The detail that a nested statement is, by its own code, then by the link that joins it."""
    code = child.child("code")
    known = modifier(code.get("code")) if code is not None else None
    if known is not None:
        return known
    relation = link.get("typeCode")
    named = word("relations", relation)
    label = word("relation_labels", relation) or (code.get("displayName") if code is not None else "")
    detail_name: DetailName = (
        "reason" if named == "reason" else "reaction" if named == "reaction" else "other"
    )
    return detail_name, label or "Précision"
