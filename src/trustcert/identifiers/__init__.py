"""Identifiers of people, bodies and licences: parse, check, mask, match, digest.

Every ``parse`` is strict: it returns a frozen value or raises a
:class:`~trustcert.errors.MalformedError` whose ``problem`` is a member of
:class:`~trustcert.identifiers.problems.Problem`, with a hint for whoever typed it. What people
type is healed first, and visibly, by :func:`trustcert.identifiers.entry.normalise`. No error and
no ``repr`` holds a number or a name.
"""
