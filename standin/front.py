"""The door in front of the application: writes the request log, lets troubles strike, knows the api_domain's paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from standin.world import World

Environ = dict[str, Any]
Wsgi = Callable[..., Iterable[bytes]]
#: `api_domain` of token answers ends so; Projects' paths do not work below it (zoho-projects-wire §0.10)
API_DOMAIN_PREFIX = "/zohoapis"
WRONG_DOOR = b"<!DOCTYPE html><html><head><title>Zoho</title></head><body><h1>Bad Request</h1></body></html>"


class Front:
    """A WSGI middleware around the Flask application."""

    def __init__(self, app: Wsgi, world: World) -> None:
        """Guard `app` on behalf of `world`."""
        self._app, self._world = app, world

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, in whatever shape the troubles leave it."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(API_DOMAIN_PREFIX + "/crm/"):
            environ["PATH_INFO"] = path = path.removeprefix(API_DOMAIN_PREFIX)
        elif path.startswith(API_DOMAIN_PREFIX):
            return self._logged(_wrong_door, environ, start_response)
        if path.startswith("/_standin") or not path.startswith(("/api/", "/oauth/", "/crm/", "/.well-known/")):
            return self._app(environ, start_response)
        return self._logged(self._app, environ, start_response)

    def _logged(self, app: Wsgi, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        entry = {
            "method": environ["REQUEST_METHOD"],
            "path": environ.get("PATH_INFO", ""),
            "query": environ.get("QUERY_STRING", ""),
            "at": self._world.now().isoformat(),
            "status": 0,
        }
        self._world.requests.append(entry)
        self._world.request_count += 1

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            entry["status"] = int(status[:3])
            return start_response(status, headers, *rest)

        return self._world.troubles.answer(app, environ, started, self._world)


def _wrong_door(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("400 Bad Request", [("Content-Type", "text/html"), ("Content-Length", str(len(WRONG_DOOR)))])
    return [WRONG_DOOR]
