"""`aparte`: the command line. Errors are one clear line on the error stream, never a traceback.

Everything heavy is imported inside the commands, so that `aparte --help` is immediate. Command groups of
other distributions (and of `eval`) join through the entry-point group `aparte.commands`.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import entry_points

import typer

ENTRY_POINTS = "aparte.commands"
_GROUPS = {
    "models": "assistant.cli.models:app",
    "audit": "assistant.cli.audit:app",
    "users": "assistant.cli.users:app",
    "identities": "assistant.cli.identities:app",
    "quarantine": "assistant.cli.quarantine:app",
}
_HELP = (
    "Answers over one patient's record, with the source of every sentence. "
    "Settings come from the environment (APARTE_...) or aparte.toml; docs/settings.md lists them."
)


def build_app() -> typer.Typer:
    """The whole command line, groups included."""
    from assistant.cli import ask, records, service

    app = typer.Typer(
        name="aparte",
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_version)
    for module in (records, ask, service):
        module.add_to(app)
    for name, place in _GROUPS.items():
        app.add_typer(_load(place), name=name)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            group: typer.Typer = point.load()
        except ImportError:
            _say(f"the command {point.name} cannot be loaded; its distribution is broken or half installed")
        else:
            _attach(app, group, point.name)
    return app


def _attach(app: typer.Typer, group: typer.Typer, name: str) -> None:
    """A group of one command that bears the group's name becomes that command; any other is a group."""
    commands = group.registered_commands
    if len(commands) == 1 and not group.registered_groups and commands[0].name == name:
        app.registered_commands.append(commands[0])
    else:
        app.add_typer(group, name=name)


def _load(place: str) -> typer.Typer:
    module, _, attribute = place.partition(":")
    group: typer.Typer = getattr(import_module(module), attribute)
    return group


def _version(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and stop.", is_eager=True),
) -> None:
    if version:
        from assistant.code_version import code_version

        print(code_version())
        raise typer.Exit


def main() -> None:
    """Run the command line and exit: 0 ok, 1 failed, 2 usage."""
    try:
        build_app()()
    except KeyboardInterrupt:
        _say("stopped")
        sys.exit(130)
    except BrokenPipeError:
        # the reader of a pipe went away: nothing more to say, and nothing to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the boundary: a person reads what comes out
        sys.exit(report(error))


def report(error: Exception) -> int:
    """Say in one line what went wrong, and return the exit code."""
    from assistant.cli.failing import explain

    line, code = explain(error)
    _say(line)
    return code


def _say(line: str) -> None:
    print(f"aparte: {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
