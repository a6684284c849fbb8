"""Letters that names of places are written in, as the insides of a character class."""

from medgo.deid.names_en import words

# Streets in Latin letters may lie in towns that are written in Greek or Cyrillic ones.
_OTHER_SCRIPTS = "\u0370-\u03ff\u1f00-\u1fff\u0400-\u052f\u2206"
_OTHER_CAPITALS = "\u0386-\u038f\u0391-\u03ab\u1f08-\u1f0f\u0400-\u042f\u2206"
LETTERS = words.LETTERS + _OTHER_SCRIPTS
CAPITALS = words.CAPITALS + _OTHER_CAPITALS
