"""Who the patients are: identities drawn by seed, one homonym pair among them.

The national identifier (INS) is drawn from a range that no real one can fall in: it starts with 999 (a real
one starts with 1 to 8), carries month 99, and ends with the key 99 (a real key is 01 to 97).
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from eval.synthetic.truth import Identity, IdentityStatus, Sex

# Patients 0 and 1 have the same names and close birth dates; everything else about them differs.
_HOMONYM = ("MARTIN", "Jeanne", ("LEMAIRE", "CARON"), (date(1948, 3, 12), date(1948, 3, 21)))


def identity(
    rng: Random, index: int, *, sex: Sex, age: tuple[int, int], today: date, names: dict[str, Any]
) -> Identity:
    """The identity of patient `index`; `age` is in years at `today`."""
    years = rng.randint(*age)
    born = today - timedelta(days=round(years * 365.25) + rng.randint(5, 355))
    era = "old" if years >= 65 else "middle" if years >= 38 else "young"
    given = rng.sample(names["male" if sex == "male" else "female"][era], 2)
    family, birth_name = rng.sample(names["families"], 2)
    if sex == "male" or years < 28 or rng.random() < 0.3:
        birth_name = family
    if index in (0, 1):
        family, first, births, dates = _HOMONYM
        given, birth_name, born = [first, given[1]], births[index], dates[index]
    status: IdentityStatus = ("qualified", "qualified", "validated", "qualified", "provisional", "recovered")[
        index % 6
    ]
    return Identity(
        patient_id=f"pat-{rng.getrandbits(32):08x}",
        family_name=family,
        birth_name=birth_name,
        given_names=tuple(given),
        birth_date=born,
        sex=sex,
        ins=f"999{born.year % 100:02d}99{rng.randrange(10**6):06d}99",
        ins_status="qualified" if status == "qualified" else "provisional",
        ipp=f"VF{rng.randrange(10**7):07d}",
        status=status,
    )
