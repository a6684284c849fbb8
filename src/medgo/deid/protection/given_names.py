"""English given names, which tell a patient's disease from a disease's name. Knows nothing else of names."""

from __future__ import annotations

from functools import lru_cache

# Those that diseases are called after as well, mostly as surnames of those who described them.
_DESCRIBERS = "alexander christian grant leigh albright barrett marshall morgan gilbert bruce paget"
_OF_DISEASES = frozenset(_DESCRIBERS.split())


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Given names in lower case."""
    from faker.providers.person.en_GB import Provider as British
    from faker.providers.person.en_IE import Provider as Irish
    from faker.providers.person.en_NZ import Provider as NewZealand
    from faker.providers.person.en_US import Provider as American

    names = (name for provider in (American, British, Irish, NewZealand) for name in provider.first_names)
    return frozenset(map(str.lower, names)) - _OF_DISEASES
