"""The gate's page and the checking service: one ASGI application (extra ``trustcert[web]``).

:func:`app` serves the checking service, to be run by any ASGI server or mounted in an application;
:func:`gate_app` serves the page of one checkpoint's shift on loopback.
"""

from trustcert.web.application import app, gate_app
from trustcert.web.live import LiveVerifier

__all__ = ["LiveVerifier", "app", "gate_app"]
