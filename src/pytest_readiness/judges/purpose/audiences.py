"""Which lists in a row say for whom it is: one that names nobody is for nobody."""

from __future__ import annotations

import re

from pytest_readiness.judges.sql.lexis import underscored

_FOR = re.compile(
    r"(^|_)(shar(ed?|ing)|visible|allow(s|ed)?|permit(s|ted)?|grant(s|ed)?|reader(s|ship)?|viewers?|audiences?|"
    r"recipients?|access(ible)?|may_(see|read|view)|can_(see|read|view)|seen_by|read_by|shown_to|open_to|"
    r"freigegeben|geteilt|sichtbar|empf[aä]nger|leser|partag[ée]e?s?|lecteurs?|destinataires?|visibles?|"
    r"compartid[oa]s?|lector[ea]s|destinatarios?|condivis[aeio]|lettori|destinatari|partilhad[oa]s?|"
    r"compartilhad[oa]s?|leitores|gedeeld|zichtbaar|lezers|ontvangers|udost[eę]pnion\w*|odbiorcy)(_|$)",
    re.IGNORECASE,
)
_NEEDS = re.compile(
    r"(^|_)(requir(ed?|es|ements?)|needs?|needed|must|mandatory|prerequisites?|clearances?|except|not|den(y|ied)|"
    r"block(ed)?|hidden|exclud(ed|es|ing)|ben(ö|oe)tigt|erforderlich|requis(es?)?|requerid[oa]s?|richiest[aeio]|vereist)(_|$)",
    re.IGNORECASE,
)
"""What somebody has to hold, or not to be: where nothing is needed, all may come."""


def names_audience(name: str) -> bool:
    """Whether a list of this name says who may see a row."""
    spelt = underscored(name)
    return bool(_FOR.search(spelt)) and not _NEEDS.search(spelt)
