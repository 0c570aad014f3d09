"""What the machine tells of itself."""

from pathlib import Path

import pytest

from models import machine


@pytest.mark.parametrize(
    ("flags", "multiplies"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 avx512_vnni\n", True),
        ("flags\t\t: fpu amx_tile amx_bf16\n", True),
        ("flags\t\t: fpu avx512f avx512_vnni\n", False),
        ("Features\t: fp asimd bf16\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_read_from_the_flags_of_the_processor(
    flags: str, multiplies: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor\t: 0\n{flags}", encoding="ascii")
    monkeypatch.setattr(machine, "Path", lambda _: told)
    assert machine.multiplies_bfloat16() is multiplies


def test_a_machine_that_tells_nothing_multiplies_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path / "absent")
    assert machine.multiplies_bfloat16() is False
