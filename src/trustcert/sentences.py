"""Sentences that know their template and values, so that they can be said in another language.

A :class:`Sentence` is the English text. :func:`trustcert.wording.translated` looks its template up
in the catalogue of a language and fills in the same values; a template is the key of its own
translation. Values that are sentences are translated too.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Sentence", "sentence"]


class Sentence(str):  # noqa: SLOT000 - a subclass of str cannot have slots of its own
    """An English sentence, with the template and the values that it was made of."""

    template: str
    values: Mapping[str, object]


def sentence(template: str, /, **values: object) -> Sentence:
    """Return ``template`` with ``values`` in place of its ``{names}``.

    ``template`` is written as a literal where this is called: a test collects the templates from
    the source and compares them with the catalogues.
    """
    found = Sentence(template.format_map(values))
    found.template = template
    found.values = values
    return found
