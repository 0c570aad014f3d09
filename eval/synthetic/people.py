"""Who the patients are: identities drawn by seed, homonym pairs among them.

The national identifier (INS) is drawn from a range that no real one can fall in: it starts with 999 (a real
one starts with 1 to 8), carries month 99, and ends with the key 99 (a real key is 01 to 97).
"""

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from eval.synthetic.truth import Identity, IdentityStatus, Sex

# Patients 0 and 1 have the same names and close birth dates; everything else about them differs.
_HOMONYM = ("MARTIN", "Jeanne", ("LEMAIRE", "CARON"), (date(1948, 3, 12), date(1948, 3, 21)))
# In each ten patients of an evaluation, which two share their names: places, sex, and an age that suits both
# stories. The first ten keep their own pair and get the second of these beside it.
_PAIRS: tuple[tuple[tuple[int, int], Sex, tuple[int, int]], ...] = (
    ((0, 1), "female", (72, 78)),
    ((2, 3), "male", (67, 73)),
    ((5, 7), "female", (45, 48)),
)
_BLOCK = 10
# Days between the two birth dates: near enough to be taken for one another.
_APART = (1, 3, 9, 10, 30, 90, 365)


class Namesake(NamedTuple):
    """What a homonym shares with another patient, and a birth date close to theirs."""

    family: str
    given: str
    sex: Sex
    born: date


def namesake(seed: int, index: int, *, stories: int, today: date, names: dict[str, Any]) -> Namesake | None:
    """The homonym that patient `index` of an evaluation's hospital is, or None.

    Only with the ten shipped stories: the pairs rest on the ages that these allow.
    """
    block, place = divmod(index, _BLOCK)
    pair, sex, age = _PAIRS[1 if block == 0 else block % len(_PAIRS)]
    if place not in pair or stories != _BLOCK:
        return None
    rng = Random(f"aparte-homonyms/{seed}/{block}")
    family = rng.choice(names["families"])
    era = "old" if age[0] >= 65 else "middle" if age[0] >= 38 else "young"
    given = rng.choice(names["male" if sex == "male" else "female"][era])
    born = today - timedelta(days=round(rng.randint(*age) * 365.25) + rng.randint(5, 355))
    later = timedelta(days=rng.choice(_APART)) if place == pair[1] else timedelta()
    return Namesake(family, given, sex, born - later)


def identity(
    rng: Random,
    index: int,
    *,
    sex: Sex,
    age: tuple[int, int],
    today: date,
    names: dict[str, Any],
    alike: Namesake | None = None,
) -> Identity:
    """The identity of patient `index`; `age` is in years at `today`; `alike` makes a homonym of another."""
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
    elif alike is not None:
        family, given, born = alike.family, [alike.given, given[1]], alike.born
        birth_name = family if sex == "male" else birth_name
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
