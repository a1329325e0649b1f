"""WordPress's error body."""

import orjson
from starlette.responses import Response


class ShopError(Exception):
    """A request that the shop refuses; `params` names the parameters that were wrong."""

    def __init__(
        self, status: int, code: str, message: str, params: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.params = params

    def response(self) -> Response:
        """`{"code", "message", "data": {"status"}}`."""
        facts: dict[str, object] = {"status": self.status}
        if self.params:
            facts["params"] = self.params
        body = {"code": self.code, "message": self.message, "data": facts}
        return Response(orjson.dumps(body), self.status, media_type="application/json")


def invalid(name: str, detail: str) -> ShopError:
    """A parameter whose value the shop does not take."""
    text = f"Invalid parameter(s): {name}"
    return ShopError(400, "rest_invalid_param", text, {name: f"{name} {detail}"})
