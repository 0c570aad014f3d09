"""Who may import what: layers, vendors in named files, one maker of Scope, one reader of the environment."""

from __future__ import annotations

import ast

from tests.architecture.sources import PACKAGES, imported, sources

LAYERS = {
    "eval": {"assistant", "retrieval", "models", "prompts"},
    "assistant": {"retrieval", "models", "prompts"},
    "retrieval": {"models", "prompts"},
    "models": set(),
    "prompts": set(),
}
_LLAMA = "models/engines/llama_cpp_"
"""The worker that serves llama-cpp-python, which brings no server that we would use."""
VENDORS = {
    "argon2": ("assistant/people/passwords.py",),
    "uvicorn": ("assistant/serving.py", _LLAMA),
    "fastapi": ("assistant/api/", "assistant/app.py", _LLAMA),
    "starlette": ("assistant/api/", "assistant/app.py", _LLAMA),
    "rich": ("assistant/cli/",),
    "typer": ("assistant/cli/", "eval/"),
    "sqlalchemy": (
        "assistant/database.py",
        "assistant/people/",
        "assistant/audit/",
        "retrieval/store/",
        "retrieval/connectors/",
    ),
    "qdrant_edge": ("retrieval/index/edge.py",),
    "qdrant_client": ("retrieval/index/server.py",),
    "sentence_transformers": ("models/encoder.py",),
    "transformers": ("models/encoder.py",),
    "xllamacpp": ("models/engines/xllamacpp_server.py",),
    "llama_cpp": (_LLAMA,),
    "inspect_ai": ("eval/inspect_adapter.py",),
    "edsnlp": ("retrieval/clinical_text.py",),
    "pypdfium2": ("retrieval/formats/text/pdfium.py",),
    "PIL": ("retrieval/formats/text/ocr.py",),
    "striprtf": ("retrieval/formats/text/rtf.py",),
    "ucumvert": ("retrieval/terminology/ucum.py",),
    "pint": ("retrieval/terminology/ucum.py",),
    "lark": ("retrieval/terminology/ucum.py",),
    "langchain_text_splitters": ("retrieval/passages.py",),
    "httpx": ("models/", "assistant/cli/through_service.py", "retrieval/connectors/", "eval/"),
}
BENCH = "eval/bench/"
"""Benchmarks measure the parts bare, below the service's one door, on invented records only."""
ENVIRONMENT = ("assistant/settings.py", "models/", "eval/inspect_adapter.py")
"""`models` hands its worker a small environment of its own and keeps vendor libraries offline; the adapter of
Inspect AI hides that library's own variables from it."""
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "manager", "misc"}


def test_packages_import_downwards_only() -> None:
    wrong = [
        f"{source.name} imports {name}"
        for source in sources()
        for name in set(imported(source)) & set(PACKAGES)
        if name != (own := source.name.partition("/")[0]) and name not in LAYERS[own]
    ]
    assert wrong == []


def test_vendor_libraries_are_imported_in_named_places_only() -> None:
    wrong = [
        f"{source.name} imports {name}"
        for source in sources()
        for name in set(imported(source)) & set(VENDORS)
        if not source.name.startswith((*VENDORS[name], BENCH))
    ]
    assert wrong == []


def test_only_access_control_makes_a_scope() -> None:
    makers = [
        source.name
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "Scope" and "retrieval.scope" in source.text)
            or (
                isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "Scope"
            )
        )
    ]
    assert [name for name in makers if not name.startswith(BENCH)] == ["assistant/people/access.py"]


def test_one_reader_of_the_environment() -> None:
    readers = {
        source.name
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    assert [name for name in sorted(readers) if not name.startswith(ENVIRONMENT)] == []


def test_nothing_is_pickled_evaluated_or_sent() -> None:
    refused = {
        "pickle",
        "cPickle",
        "dill",
        "shelve",
        "marshal",
        "langsmith",
        "requests",
        "posthog",
        "sentry_sdk",
    }
    wrong = [f"{s.name} imports {name}" for s in sources() for name in set(imported(s)) & refused]
    calls = [
        f"{source.name}:{node.lineno} calls {node.func.id}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}
    ]
    assert wrong + calls == []


def test_no_module_is_a_drawer() -> None:
    wrong = [
        source.name
        for source in sources()
        if set(source.name.removesuffix(".py").split("/")) & FORBIDDEN_NAMES
    ]
    assert wrong == []


def test_nothing_is_made_at_import() -> None:
    """No application, engine or client at module level."""
    makers = {"FastAPI", "create_engine", "Client", "AsyncClient", "create_app", "Services", "open_store"}
    wrong = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        for node in source.tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in makers
    ]
    assert wrong == []
