"""Modules and functions stay small enough to be read whole."""

from __future__ import annotations

import ast

from tests.architecture.sources import sources

MODULE_LINES = 300
FUNCTION_LINES = 40


def test_modules_have_at_most_300_lines() -> None:
    """A longer one says why at its top, with the words `longer than`."""
    wrong = [
        f"{source.name}: {lines}"
        for source in sources()
        if (lines := source.text.count("\n")) > MODULE_LINES
        and "longer than" not in (ast.get_docstring(source.tree) or "")
    ]
    assert wrong == []


def test_functions_have_at_most_40_lines() -> None:
    wrong = [
        f"{source.name}:{node.lineno} {node.name}: {lines}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := _lines(node)) > FUNCTION_LINES
    ]
    assert wrong == []


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, docstring apart: what a reader must hold in mind."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_every_public_thing_says_what_it_is() -> None:
    wrong = []
    for source in sources():
        if source.name.endswith("__init__.py"):
            continue
        if not ast.get_docstring(source.tree):
            wrong.append(source.name)
        for node in source.tree.body:
            public = isinstance(
                node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            ) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                wrong.append(f"{source.name}:{node.lineno} {node.name}")
    assert wrong == []
