"""Firms and other bodies written in Latin letters, by their forms and by what is said of them."""

from medgo.deid.organisations_en.detector import EnglishOrganisationDetector

__all__ = ["EnglishOrganisationDetector"]
