"""The key registry: a TUF repository in which every province signs for itself.

What a verifier asks for stands in :mod:`~trustcert.registry.trust`; verified registries answer in
:mod:`~trustcert.registry.load`, keys that an application holds in
:mod:`~trustcert.registry.pinned`. A province's side is :mod:`~trustcert.registry.repository` and
:mod:`~trustcert.registry.publish`. The layout of roles and files is
:mod:`~trustcert.registry.layout`, the documents in them :mod:`~trustcert.registry.model`.
"""
