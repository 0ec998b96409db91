"""Asks a web server, before libgit2 does, whether it would send us elsewhere.

libgit2 refuses a redirect to another host, but follows one to another port or from https to http, and takes the
credentials along (transports/http.c; git and curl drop them). So it must never meet one.
"""

from __future__ import annotations

import base64
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from modelwright import __version__
from modelwright.gitops.credentials import Keys
from modelwright.gitops.troubles import refused

_SECONDS = 30
_SERVICES = ("git-upload-pack", "git-receive-pack")
"""What fetching and pushing ask for first (gitprotocol-http(5)). libgit2 follows no redirect after that."""


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


def stays(keys: Keys) -> None:
    """Raises Refused (MW435) where the server redirects, with or without the credentials. All else is left to libgit2."""
    for service in _SERVICES:
        url = f"{keys.address.url.rstrip('/')}/info/refs?service={service}"
        if _status(url) == 401 and (pair := keys.web()) is not None:
            _status(url, "Basic " + base64.b64encode(":".join(pair).encode()).decode())


def _status(url: str, authorization: str = "") -> int:
    # Servers tell git from a browser by this name.
    headers = {"User-Agent": f"git/2.0 (modelwright {__version__})"}
    if authorization:
        headers["Authorization"] = authorization
    try:
        with build_opener(_Stay).open(Request(url, headers=headers), timeout=_SECONDS) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            if 300 <= error.code < 400:
                where = url.partition("/info/refs?")[0]
                raise refused(
                    "MW435", f"`{where}` redirects elsewhere, and credentials do not follow", "give the address it leads to"
                ) from None
            return error.code
    except (OSError, URLError, ValueError):
        return 0
