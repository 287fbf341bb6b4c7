"""The double of GitHub with its artefacts: what uploads keep, who made it, and archives that lie with another host."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from forge_server import Answer, AnswerError, Request, listening
from github_server import REPOSITORY, WRITE, GitHub, Token

# What comment.yml gives its token.
COMMENTING = Token(
    "github-actions[bot]",
    "github-actions",
    {k: WRITE[k] for k in ("pull_requests", "checks", "contents")} | {"actions": "read"},
)
_OURS, _FORKS = 1, 2


@dataclass
class GitHubWithArtefacts(GitHub):
    """GitHub, and the host that has the archives; `carried` is what came there that should not."""

    artefacts: list[dict[str, Any]] = field(default_factory=list)
    archives: dict[int, bytes] = field(default_factory=dict)
    storage: str = ""
    carried: list[str] = field(default_factory=list)

    def upload(
        self,
        name: str,
        archive: bytes,
        *,
        run: int = 1,
        branch: str = "main",
        fork: bool = False,
        expired: bool = False,
    ) -> int:
        """Keep an archive as a run of a workflow does; return the artefact's number."""
        number = self.count()
        self.archives[number] = archive
        made_by = {"id": run, "repository_id": _OURS, "head_repository_id": _FORKS if fork else _OURS}
        self.artefacts.append(
            {
                "id": number,
                "name": name,
                "size_in_bytes": len(archive),
                "expired": expired,
                "created_at": self.now(),
                "workflow_run": {**made_by, "head_branch": branch, "head_sha": "0" * 40},
            }
        )
        return number

    def answer(self, request: Request) -> Answer:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        token = self.tokens.get(secret) if scheme == "Bearer" else None
        path = request.path.removeprefix(f"/repos/{REPOSITORY}")
        if token is None or path == request.path:
            return super().answer(request)
        if path == "":
            return 200, {"full_name": REPOSITORY, "default_branch": "main"}, {}
        if not path.startswith("/actions/"):
            return super().answer(request)
        if token.permissions.get("actions") not in ("read", "write"):
            raise AnswerError(403, {"message": "Resource not accessible by integration", "status": "403"})
        return self._of_actions(path, request)

    def _of_actions(self, path: str, request: Request) -> Answer:
        if found := re.fullmatch(r"/actions/artifacts/(\d+)/zip", path):
            if int(found[1]) not in self.archives:
                raise AnswerError(404, {"message": "Not Found", "status": "404"})
            return 302, {}, {"Location": f"{self.storage}/{found[1]}.zip"}
        found = re.fullmatch(r"/actions/(?:runs/(\d+)/)?artifacts", path)
        if found is None:
            raise AnswerError(404, {"message": "Not Found", "status": "404"})
        run, name = found[1], request.query.get("name")
        listed = [
            a
            for a in reversed(self.artefacts)
            if name in (None, a["name"]) and run in (None, str(a["workflow_run"]["id"]))
        ]
        status, page, headers = self.page(request, listed, 30)
        return status, {"total_count": len(listed), "artifacts": page}, headers


@contextmanager
def artefacts_listening() -> Iterator[GitHubWithArtefacts]:
    """Yield a GitHub with artefacts that answers at its `url` until the block ends."""
    forge = GitHubWithArtefacts(tokens={"actions-token": COMMENTING})
    with listening(forge), ThreadingHTTPServer(("127.0.0.1", 0), _storage(forge)) as storage:
        forge.storage = f"http://127.0.0.1:{storage.server_port}"
        thread = threading.Thread(target=storage.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield forge
        finally:
            storage.shutdown()
            thread.join()


def _storage(forge: GitHubWithArtefacts) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            forge.carried += [v for k, v in self.headers.items() if k.lower() == "authorization"]
            archive = forge.archives[int(self.path.strip("/").removesuffix(".zip"))]
            self.send_response(200)
            self.send_header("Content-Length", str(len(archive)))
            self.end_headers()
            self.wfile.write(archive)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
