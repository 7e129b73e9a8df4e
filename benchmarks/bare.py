"""The bare servers: `python -m benchmarks.bare page|worker PORT FILE` answers with the least code that can.

`page` is one Starlette route that sends the bytes of FILE with the headers of a label page; `worker` is FastAPI with
one SQLModel table in the SQLite database FILE, read by key in each request.
"""

import sys
from pathlib import Path
from typing import Any

import uvicorn


def page(file: Path) -> Any:
    """Give an application with one plain route; FILE holds the body, FILE.headers its headers, one a line."""
    from starlette.applications import Starlette  # noqa: PLC0415 - a worker must not load what it does not use
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    body = file.read_bytes()
    lines = file.with_suffix(".headers").read_text().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)

    async def send(_: Request) -> Response:
        return Response(body, headers=headers)

    return Starlette(routes=[Route("/L/{id}", send)])


def worker(file: Path) -> Any:
    """Give an application with one table and one route over it."""
    from fastapi import FastAPI  # noqa: PLC0415
    from sqlmodel import Field, Session, SQLModel, create_engine  # noqa: PLC0415

    class Item(SQLModel, table=True):
        id: int = Field(primary_key=True)
        name: str

    engine = create_engine(f"sqlite:///{file}")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Item(id=1, name="one"))
        session.commit()
    app = FastAPI()

    def read(number: int) -> Item | None:
        with Session(engine) as session:
            return session.get(Item, number)

    app.get("/items/{number}", response_model=Item)(read)
    return app


if __name__ == "__main__":
    kind, port, name = sys.argv[1:]
    application = {"page": page, "worker": worker}[kind](Path(name))
    uvicorn.run(application, host="127.0.0.1", port=int(port), log_level="warning", server_header=False)
