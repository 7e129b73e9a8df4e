"""The bare servers: `python -m benchmarks.bare KIND PORT FILE` answers with the least code that can.

`page` is one Starlette route that sends the bytes of FILE with the headers of a label page.
`worker` is FastAPI with one SQLModel table in the SQLite database FILE, read by key in each request.
`core` is FastAPI that reads the bytes of FILE by key with SQLAlchemy Core in an asynchronous route.
`signing` is FastAPI that makes the signatures of a label whose token is in FILE for each request, and checks one.
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


def core(file: Path) -> Any:
    """Give an application that reads one document by key."""
    from fastapi import FastAPI, Response  # noqa: PLC0415
    from sqlalchemy import (  # noqa: PLC0415
        Column,
        LargeBinary,
        MetaData,
        String,
        Table,
        bindparam,
        create_engine,
        insert,
        select,
    )

    table = Table("document", MetaData(), Column("id", String, primary_key=True), Column("body", LargeBinary))
    engine = create_engine(f"sqlite:///{file}.db")
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(table), {"id": "one", "body": file.read_bytes()})
    query = select(table.c.body).where(table.c.id == bindparam("wanted"))
    app = FastAPI()

    async def read(name: str) -> Response:
        with engine.connect() as connection:
            return Response(connection.execute(query, {"wanted": name}).scalar_one(), media_type="application/vc+jwt")

    app.get("/documents/{name}")(read)
    return app


def signing(file: Path) -> Any:
    """Give an application that signs for each request: a token of the size of FILE, a code, and one check."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from fastapi import FastAPI  # noqa: PLC0415
    from pydantic import BaseModel  # noqa: PLC0415

    class Signed(BaseModel):
        name: str
        token: str
        code: str

    key, message = Ed25519PrivateKey.generate(), file.read_bytes()
    public = key.public_key()
    app = FastAPI()

    async def sign(name: str) -> Signed:
        token, code = key.sign(message), key.sign(message[:300])
        public.verify(token, message)
        return Signed(name=name, token=token.hex(), code=code.hex())

    app.post("/labels/{name}", response_model=Signed, status_code=201)(sign)
    return app


if __name__ == "__main__":
    kind, port, name = sys.argv[1:]
    application = {"page": page, "worker": worker, "core": core, "signing": signing}[kind](Path(name))
    uvicorn.run(application, host="127.0.0.1", port=int(port), log_level="warning", server_header=False)
