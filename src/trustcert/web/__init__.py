"""The gate's page and the checking service: one ASGI application (extra ``trustcert[web]``).

:func:`app` serves the checking service, to be run by any ASGI server or mounted in an application;
:func:`gate_app` serves the page of one checkpoint's shift on loopback.
"""

from trustcert.live import LiveVerifier
from trustcert.web.application import app, gate_app

__all__ = ["LiveVerifier", "app", "gate_app"]
