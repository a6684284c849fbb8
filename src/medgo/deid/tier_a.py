"""The detectors that are always there: rules, validators and lexicons; no model, no download."""

from __future__ import annotations

from medgo.deid.protocol import Detector


def tier_a() -> tuple[Detector, ...]:
    """All of them, each made once."""
    # Imported here: each loads its lexicons.
    from medgo.deid.ages import AgeDetector
    from medgo.deid.dates import DateDetector
    from medgo.deid.known import KnownDetector
    from medgo.deid.names_en import EnglishNameDetector
    from medgo.deid.names_zh import ChineseNameDetector
    from medgo.deid.numbers import NumberDetector
    from medgo.deid.organisations_en import EnglishOrganisationDetector
    from medgo.deid.places_en import EnglishPlaceDetector
    from medgo.deid.places_zh import ChinesePlaceDetector

    return (
        KnownDetector(),
        NumberDetector(),
        DateDetector(),
        AgeDetector(),
        ChinesePlaceDetector(),
        EnglishPlaceDetector(),
        EnglishOrganisationDetector(),
        ChineseNameDetector(),
        EnglishNameDetector(),
    )
